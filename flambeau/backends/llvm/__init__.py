"""The CPU backend: programs as machine code, made by LLVM."""
