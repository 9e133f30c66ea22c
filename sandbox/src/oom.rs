//! An allocator whose failure is an exit code.

use crate::worker::EXIT_OOM;
use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator; when it has nothing left the process ends with [`EXIT_OOM`], so that the supervisor can tell
/// memory exhaustion from a bug. For workers: `#[global_allocator] static HEAP: ExitOnOom = ExitOnOom;`
#[derive(Debug)]
pub struct ExitOnOom;

#[inline]
fn checked(pointer: *mut u8) -> *mut u8 {
    if pointer.is_null() {
        crate::sys::exit(EXIT_OOM);
    }
    pointer
}

// SAFETY: every method passes its arguments on to `System`, which keeps the contract of `GlobalAlloc`; a null result
// never reaches the caller because the process ends first.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for ExitOnOom {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises about `layout` are System's requirements.
        checked(unsafe { System.alloc(layout) })
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { System.alloc_zeroed(layout) })
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` through the methods here, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in dealloc; the caller's promises about `size` are System's requirements.
        checked(unsafe { System.realloc(pointer, layout, size) })
    }
}
