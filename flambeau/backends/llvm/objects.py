"""What an object file expects others to define. LLVM ends the process when it loads an object whose symbols are missing; so we look first."""
from __future__ import annotations

from struct import unpack_from


def undefined(data: bytes) -> list[str]:
    """The names, as C knows them, of the symbols that an object file (ELF, Mach-O or COFF; 64 bits, little endian) uses and does not define."""
    if data[:4] == b"\x7fELF":
        names = _elf(data)
    elif data[:4] == b"\xcf\xfa\xed\xfe":
        names = _macho(data)
    else:
        names = _coff(data)
    return sorted({name.decode() for name in names if name})


def _text(data: bytes, at: int) -> bytes:
    return data[at:data.index(b"\0", at)]


def _elf(data: bytes):
    """System V ABI, chapter 4: section headers, symbol tables."""
    start, = unpack_from("<Q", data, 0x28)
    size, count = unpack_from("<HH", data, 0x3A)
    sections = [unpack_from("<IIQQQQI", data, start + k * size) for k in range(count)]
    for _, kind, _, _, offset, length, link in sections:
        if kind == 2:                                                   # SHT_SYMTAB
            for at in range(offset, offset + length, 24):
                name, _, _, section = unpack_from("<IBBH", data, at)
                if section == 0:                                        # SHN_UNDEF
                    yield _text(data, sections[link][4] + name)


def _macho(data: bytes):
    """<mach-o/loader.h>, <mach-o/nlist.h>"""
    count, = unpack_from("<I", data, 16)
    at = 32
    for _ in range(count):
        command, length, symbols, number, strings = unpack_from("<IIIII", data, at)
        if command == 2:                                                # LC_SYMTAB
            for k in range(number):
                name, kind = unpack_from("<IB", data, symbols + 16 * k)
                if kind & 0x0E == 0 and kind & 1:                       # N_UNDF, N_EXT
                    yield _text(data, strings + name).removeprefix(b"_")
        at += length


def _coff(data: bytes):
    """Microsoft's PE format, "COFF symbol table"."""
    symbols, number = unpack_from("<II", data, 8)
    strings = symbols + 18 * number
    k = 0
    while k < number:
        at = symbols + 18 * k
        name, value, section, _, storage, extra = unpack_from("<8sIhHBB", data, at)
        if section == 0 and value == 0 and storage == 2:                # IMAGE_SYM_UNDEFINED, IMAGE_SYM_CLASS_EXTERNAL
            long, offset = unpack_from("<II", name)
            yield _text(data, strings + offset) if long == 0 else name.rstrip(b"\0")
        k += 1 + extra
