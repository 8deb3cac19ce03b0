macro_rules! rules_with_interface_table {
    ($($more:tt)*) => { rules_with_callbacks! {
    GitRegister "GIT-01" "An entry of the global interface table" Effect Measured
        "RegisterInterfaceInGlobal writes a strong table packet into an entry of the table, of which a process has one, and gives the cookie of the entry, which is not 0. The entry keeps its reference until it is revoked. What CoMarshalInterface refuses, it refuses."
        "The process holds the object as long as the entry is there, whoever else has let go of it."
        "IGlobalInterfaceTable::RegisterInterfaceInGlobal; measured (g01)";
    GitGet "GIT-02" "A pointer for the calling apartment" Effect Documented
        "GetInterfaceFromGlobal gives a pointer for the calling apartment, with a reference of its own: the object's at home (PKT-05), a proxy elsewhere (PKT-06), and none where the other end is gone (PKT-09). It may be called in any apartment, and any number of times."
        "The entry stays as it is: what was got has to be released, and the entry revoked."
        "IGlobalInterfaceTable::GetInterfaceFromGlobal, Remarks; IGlobalInterfaceTable, Remarks";
    GitRevoke "GIT-03" "Revoking an entry" Effect Measured
        "RevokeInterfaceFromGlobal ends the entry and gives its reference back. Where the other end is gone it answers as in PKT-14, and the entry ends all the same."
        "Nothing else takes back what the table holds: it is the last Release of an object that nobody else keeps."
        "IGlobalInterfaceTable::RevokeInterfaceFromGlobal; measured (g01, g02)";
    GitCookie "GIT-04" "A wrong cookie" Answer Documented
        "GetInterfaceFromGlobal and RevokeInterfaceFromGlobal answer E_INVALIDARG for a cookie that is 0, was never given, or whose entry is revoked or is just being revoked; nothing changes, and the pointer is NULL."
        "Who revokes twice, or comes too late, is told so."
        "IGlobalInterfaceTable::GetInterfaceFromGlobal and RevokeInterfaceFromGlobal, Return value; RegisterInterfaceInGlobal, pdwCookie";
    GitElsewhere "GIT-05" "Revoking in another apartment" Effect Documented
        "RevokeInterfaceFromGlobal gives the reference back in whichever apartment of the process it is called; the object is released in its own (STUB-04), for which the caller waits."
        "The last Release of an object comes into its apartment when nobody there has called for it."
        "IGlobalInterfaceTable::RevokeInterfaceFromGlobal, Remarks; cases C-13, C-86";
    GitFresh "GIT-06" "A cookie is not given twice" Effect Inferred
        "The cookie of an entry that was revoked is not given to another one."
        "A cookie that somebody has kept must not lead to somebody else's object."
        "inferred: nothing says so, and the implementation that can be read counts its cookies upwards";
    GitEnds "GIT-07" "A table ends with its process" Effect Inferred
        "What an entry of a process that has ended holds at an object of another process counts as a reference of the dead client, and is run down like one (PING-01)."
        "Nobody else can read the table: its entries are no packets on their way."
        "inferred from com-facts 2.4: the client's pings stop";
    $($more)*
    } };
}
