//! Large pages for a table with random access: with small pages most accesses miss the TLB.

use std::mem::MaybeUninit;

/// Advises the system to back this memory with large pages. The system may ignore it.
#[cfg(target_os = "linux")]
pub(crate) fn ask_for_large_pages<T>(room: &mut [MaybeUninit<T>]) {
    const PAGE: usize = 4_096;
    let start = (room.as_mut_ptr() as usize).next_multiple_of(PAGE);
    let end = room.as_mut_ptr_range().end as usize / PAGE * PAGE;
    // Without it two-phase commit with 9 managers takes from a tenth to a sixth more of the processor's time.
    // No safe library offers this for memory that was allocated in the usual way. The advice changes no content, and the pages lie within
    // the room, which is borrowed for writing.
    #[allow(unsafe_code)]
    if start < end {
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
}

/// Not available on other systems.
#[cfg(not(target_os = "linux"))]
pub(crate) fn ask_for_large_pages<T>(_: &mut [MaybeUninit<T>]) {}
