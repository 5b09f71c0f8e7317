// An app whose library is of another version than the sources it was built with: one checksum differs.

import Saoma

/// In the place of the library's own.
@_cdecl("uniffi_saoma_ffi_checksum_func_library_version")
public func checksumOfAnotherVersion() -> UInt16 {
    0
}

print(SaomaLibrary.version)
