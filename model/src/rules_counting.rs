macro_rules! rules_with_counting {
    ($($more:tt)*) => { rules_with_interface_table! {
    LifeCount "LIFE-07" "Own AddRef and Release" Effect Documented
        "Where a class has AddRef and Release of its own they are called, as code, on the thread that takes or gives back the reference, whoever does it: code, a counted pointer, an activation, QueryInterface, a stub manager. Nothing else counts, and the object ends where they delete it."
        "What is wrong in them is seen by whoever counts at the same time, and the DLL can go before the last Release has returned."
        "IUnknown::AddRef and Release, Remarks";
    LifeDelete "LIFE-08" "delete" Effect Inferred
        "`delete` runs the destructor on its thread, in the class's module, whatever references there are, and the object is gone when that has returned. `delete` of NULL does nothing, that of an object whose destructor runs or has run is double_destroy, and that of what is no object of this process is use_after_free."
        "Who still has a reference has a pointer that dangles."
        "inferred from C++, [expr.delete]";
    LifeStub "LIFE-09" "AddRef and Release of a stub manager" Effect Inferred
        "A stub manager takes its reference by the class's own AddRef, and is not cut before that has returned; it gives it back by the class's own Release, and is gone when that has returned. The pointer that comes of a packet at home, and an asynchronous call, take theirs likewise."
        "CoDisconnectContext would answer S_OK while code of the class still runs, and an object could go before it was counted."
        "inferred: COM calls AddRef before it hands anything out, and Release after it has cut";
    LifeResult "LIFE-10" "The reference of a result" Effect Inferred
        "The object that a call or an activation answers with goes to its stub manager with the reference that came with it. Where there is a stub manager already that reference is given back by the class's own Release before the answer is sent."
        "Otherwise the caller could be through with everything while the server still counts."
        "inferred: the stub marshals its results, releases them and sends the answer";
    LifeBegin "LIFE-11" "A count that begins with 0" Effect Documented
        "An object whose class counts from 0 gets its first reference by AddRef when its constructor has returned, before an activation hands it out: CreateInstance asks it for the interface."
        "The first Release would take the count below zero, and nobody would delete it."
        "IClassFactory::CreateInstance; IUnknown::QueryInterface, Remarks";
    ActCreate "ACT-13" "CreateInstance of a factory" Effect Documented
        "Where the factory of an in-process class has a CreateInstance of its own, CoCreateInstance calls it, on its thread: the class makes its object there, or answers with a failure, and what it gives is the caller's. QueryInterface for what it was asked is QueryInterface for what the caller of CoCreateInstance asks for."
        "What is counted there, and when, decides whether the library can go in the middle of it."
        "IClassFactory::CreateInstance";
    $($more)*
    } };
}
