# What `cmake --install` lays down; filled in with the SDK's package files.
