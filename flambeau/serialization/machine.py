"""A machine that runs pickles on data alone.

A pickle is a program for a stack machine. This one knows every instruction of protocols 0 to 5, but what a name means, whether something
may be called, built or filled, is for its `Rules` to say; by itself it makes only numbers, strings and Python's plain containers. Every
length is compared with the bytes that are there before anything is made. Opcodes: CPython's Lib/pickletools.py.
"""
from __future__ import annotations

import codecs
import contextlib
import pickle
import struct
import types
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import Counter, OrderedDict

from .errors import CheckpointError

_MAX_NAME = 1000            # characters of a module's or class's name
_MAX_KEY = 10_000           # numbers, strings and tuples within one key of a dict: hashing more could take for ever
_PLAIN_KEYS = frozenset({str, int, float, bool, bytes, complex, type(None)})
_PLAIN_DICTS = (dict, OrderedDict, Counter)
_DAMAGE = (IndexError, KeyError, TypeError, ValueError, OverflowError, AttributeError, struct.error, RuntimeError, MemoryError)


class Outside(Exception):
    """Carries an error of the program's own code (a __setstate__, a map_location) past the machine, which takes others for damage."""


@contextlib.contextmanager
def outside():
    """A block that runs the program's own code."""
    try:
        yield
    except Exception as error:
        raise Outside from error


class Rules:
    """What a pickle may name, call and fill. Each method returns what goes onto the stack, or raises pickle.UnpicklingError."""

    def find(self, module: str, name: str):
        """What `module.name` stands for."""
        raise NotImplementedError

    def call(self, function, args: tuple):
        """function(*args)."""
        raise NotImplementedError

    def new(self, cls, args: tuple, kwargs: dict):
        """An instance of a class, without its __init__."""
        raise NotImplementedError

    def build(self, obj, state):
        """Give an object its state."""
        raise NotImplementedError

    def fill(self, obj, items, what: str):
        """Add `items` to a container that is not a plain one. `what`: "list", "dict" (then items are pairs) or "set"."""
        raise NotImplementedError

    def persistent(self, key):
        """The object that lies outside the pickle under `key`."""
        raise NotImplementedError


class Machine:
    """Runs the pickle that begins at `position` of `data` (bytes or a memory map). After `run`, `position` is where the pickle ended.

    `file` names the file in errors. `encoding`, `errors`: how strings of Python 2 become text ("bytes" leaves them).
    """

    def __init__(self, data, rules: Rules, *, file: str, position: int = 0, encoding: str = "utf-8", errors: str = "strict"):
        self.data, self.rules, self.file, self.position = data, rules, file, position
        self.encoding, self.errors = encoding, errors
        self.stack: list = []
        self.below: list[list] = []     # the stacks under the open marks
        self.memo: dict[int, object] = {}

    def run(self):
        """The object that the pickle describes. EOFError where it ends too early; CheckpointError, with the place, where it is wrong."""
        data, handlers, opcode = self.data, _HANDLERS, 0
        end = len(data)
        start = self.position
        self.stack, self.below, self.memo = [], [], {}
        try:
            while True:
                if self.position >= end:
                    raise EOFError(f"the pickle in {self.file} ends before its STOP (after {end - start} bytes): the file is cut short")
                opcode = data[self.position]
                self.position += 1
                if opcode == _STOP:
                    return self.stack.pop()
                handlers[opcode](self)
        except Outside as carrier:
            raise carrier.__cause__ from None
        except (pickle.UnpicklingError, EOFError):
            raise
        except _DAMAGE as error:
            detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise CheckpointError(f"{self.file} cannot be loaded: its pickle fails at byte {self.position - start} ({detail})") from error

    # ------------------------------------------------------------------------------------------------------- reading the data
    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self.position + count
        if count < 0 or end > len(self.data):
            raise EOFError(f"the pickle in {self.file} is damaged or cut short: {count} bytes wanted, "
                           f"{len(self.data) - self.position} left")
        piece = self.data[self.position:end]
        self.position = end
        return piece

    def number(self, code: struct.Struct) -> int:
        """The next number."""
        return code.unpack(self.take(code.size))[0]

    def line(self, limit: int | None = None) -> bytes:
        """The bytes before the next newline."""
        stop = len(self.data) if limit is None else min(len(self.data), self.position + limit)
        end = self.data.find(b"\n", self.position, stop)
        if end < 0:
            raise ValueError("a line without an end")
        return self.take(end - self.position + 1)[:-1]

    # ------------------------------------------------------------------------------------------------------------- the stack
    def push(self, value) -> None:
        self.stack.append(value)

    def items(self) -> list:
        """What was pushed since the last mark, which is undone."""
        items, self.stack = self.stack, self.below.pop()
        return items

    def mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []

    def pop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.items()

    def put(self, key: int) -> None:
        self.memo[key] = self.stack[-1]

    # ------------------------------------------------------------------------------------------------------- strings, numbers
    def text(self, data: bytes) -> None:
        """A string of Python 2."""
        self.push(data if self.encoding == "bytes" else data.decode(self.encoding, self.errors))

    def quoted(self) -> None:
        line = self.line()
        if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in b"'\"":
            raise ValueError("a string without quotes")
        self.text(codecs.escape_decode(line[1:-1])[0])

    def decimal(self) -> None:
        line = self.line()
        self.push({b"00": False, b"01": True}[line] if line in (b"00", b"01") else int(line.removesuffix(b"L")))

    # -------------------------------------------------------------------------------------------------------------- containers
    def append(self, items: list) -> None:
        target = self.stack[-1]
        if type(target) is list:
            target.extend(items)
        else:
            self.rules.fill(target, items, "list")

    def set_items(self, flat: list) -> None:
        if len(flat) % 2:
            raise ValueError("a key without a value")
        pairs = [(flat[i], flat[i + 1]) for i in range(0, len(flat), 2)]
        for key, _ in pairs:
            check_key(key)
        target = self.stack[-1]
        if type(target) in _PLAIN_DICTS:
            for key, value in pairs:
                target[key] = value
        else:
            self.rules.fill(target, pairs, "dict")

    def set_one(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, value])

    def add(self) -> None:
        items = self.items()
        for item in items:
            check_key(item)
        target = self.stack[-1]
        if type(target) is set:
            target.update(items)
        else:
            self.rules.fill(target, items, "set")

    def make_dict(self) -> None:
        items = self.items()
        self.push({})
        self.set_items(items)

    def make_set(self) -> None:
        items = self.items()
        for item in items:
            check_key(item)
        self.push(frozenset(items))

    # ----------------------------------------------------------------------------------------------------------------- objects
    def name_on_lines(self) -> None:
        self.find(self.line(_MAX_NAME).decode(), self.line(_MAX_NAME).decode())

    def name_on_stack(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if type(name) is not str or type(module) is not str or len(name) + len(module) > 2 * _MAX_NAME:
            raise ValueError("a name that is no string")
        self.find(module, name)

    def find(self, module: str, name: str) -> None:
        if (module, name) in NAME_MAPPING:  # Python 2's name, which protocol 2 uses
            module, name = NAME_MAPPING[module, name]
        self.push(self.rules.find(IMPORT_MAPPING.get(module, module), name))

    def call(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = self.rules.call(self.stack[-1], _tuple(args))

    def new(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = self.rules.new(self.stack[-1], _tuple(args), {})

    def new_with_keywords(self) -> None:
        kwargs, args = self.stack.pop(), self.stack.pop()
        if type(kwargs) is not dict or any(type(k) is not str for k in kwargs):
            raise TypeError("keyword arguments are a dict of names")
        self.stack[-1] = self.rules.new(self.stack[-1], _tuple(args), kwargs)

    def build(self) -> None:
        state = self.stack.pop()
        self.stack[-1] = self.rules.build(self.stack[-1], state)

    def persistent(self) -> None:
        self.push(self.rules.persistent(self.stack.pop()))

    def unknown(self) -> None:
        at = self.position - 1
        raise CheckpointError(f"{self.file} is not a checkpoint, or damaged: byte {at} ({self.data[at]:#04x}) is no instruction of "
                              "a pickle")

    def refused(self) -> None:
        raise pickle.UnpicklingError(
            f"{self.file} uses the pickle instruction {self.data[self.position - 1]:#04x} (old-style instances, extension codes, buffers "
            "outside the pickle), which no checkpoint needs and flambeau does not run (weights_only or not)"
        )


def check_key(key) -> None:
    """ValueError for a key of a dict or set that is too large or too deep to be hashed in reasonable time, or holds a list."""
    if type(key) in _PLAIN_KEYS:
        return
    pending, parts = [key], 1
    while pending:
        part = pending.pop()
        if isinstance(part, (tuple, frozenset)):
            parts += len(part)
            if parts > _MAX_KEY:
                raise ValueError(f"a key of a dict or set with more than {_MAX_KEY} parts")
            pending.extend(part)
        elif isinstance(part, (list, dict, set, bytearray)):
            raise TypeError(f"a key of a dict or set cannot hold a {type(part).__name__}")


def _tuple(args) -> tuple:
    if type(args) is not tuple:
        raise TypeError("arguments are a tuple")
    return args


_STOP = pickle.STOP[0]
_U1, _U2, _I4, _U4, _U8 = (struct.Struct(code) for code in ("<B", "<H", "<i", "<I", "<Q"))
_F8 = struct.Struct(">d")


def _top(n: int):
    """The instruction that makes a tuple of the topmost n."""
    def handler(m: Machine) -> None:
        if len(m.stack) < n:
            raise IndexError("the stack is empty")
        m.stack[-n:] = [tuple(m.stack[-n:])]
    return handler


def _sized(code: struct.Struct, make):
    """An instruction that is followed by a length, then so many bytes; make(machine, bytes) uses them."""
    return lambda m: make(m, m.take(m.number(code)))


def _push_text(m: Machine, data: bytes) -> None:
    m.push(data.decode("utf-8", "surrogatepass"))


def _push_long(m: Machine, data: bytes) -> None:
    m.push(int.from_bytes(data, "little", signed=True))


_INSTRUCTIONS = {
    pickle.PROTO: lambda m: m.take(1),
    pickle.FRAME: lambda m: m.take(8),
    pickle.MARK: Machine.mark, pickle.POP: Machine.pop, pickle.POP_MARK: lambda m: m.items(),
    pickle.DUP: lambda m: m.push(m.stack[-1]),
    pickle.NONE: lambda m: m.push(None), pickle.NEWTRUE: lambda m: m.push(True), pickle.NEWFALSE: lambda m: m.push(False),
    pickle.BININT: lambda m: m.push(m.number(_I4)), pickle.BININT1: lambda m: m.push(m.number(_U1)),
    pickle.BININT2: lambda m: m.push(m.number(_U2)), pickle.BINFLOAT: lambda m: m.push(m.number(_F8)),
    pickle.INT: Machine.decimal, pickle.LONG: Machine.decimal, pickle.FLOAT: lambda m: m.push(float(m.line())),
    pickle.LONG1: _sized(_U1, _push_long), pickle.LONG4: _sized(_I4, _push_long),
    pickle.STRING: Machine.quoted, pickle.BINSTRING: _sized(_I4, Machine.text), pickle.SHORT_BINSTRING: _sized(_U1, Machine.text),
    pickle.UNICODE: lambda m: m.push(m.line().decode("raw-unicode-escape")), pickle.BINUNICODE: _sized(_U4, _push_text),
    pickle.SHORT_BINUNICODE: _sized(_U1, _push_text), pickle.BINUNICODE8: _sized(_U8, _push_text),
    pickle.BINBYTES: _sized(_U4, Machine.push), pickle.SHORT_BINBYTES: _sized(_U1, Machine.push),
    pickle.BINBYTES8: _sized(_U8, Machine.push),
    pickle.BYTEARRAY8: _sized(_U8, lambda m, data: m.push(bytearray(data))),
    pickle.EMPTY_TUPLE: lambda m: m.push(()), pickle.TUPLE1: _top(1), pickle.TUPLE2: _top(2), pickle.TUPLE3: _top(3),
    pickle.TUPLE: lambda m: m.push(tuple(m.items())),
    pickle.EMPTY_LIST: lambda m: m.push([]), pickle.LIST: lambda m: m.push(m.items()),
    pickle.APPEND: lambda m: m.append([m.stack.pop()]), pickle.APPENDS: lambda m: m.append(m.items()),
    pickle.EMPTY_DICT: lambda m: m.push({}), pickle.DICT: Machine.make_dict,
    pickle.SETITEM: Machine.set_one, pickle.SETITEMS: lambda m: m.set_items(m.items()),
    pickle.EMPTY_SET: lambda m: m.push(set()), pickle.ADDITEMS: Machine.add, pickle.FROZENSET: Machine.make_set,
    pickle.PUT: lambda m: m.put(int(m.line())), pickle.BINPUT: lambda m: m.put(m.number(_U1)),
    pickle.LONG_BINPUT: lambda m: m.put(m.number(_U4)), pickle.MEMOIZE: lambda m: m.put(len(m.memo)),
    pickle.GET: lambda m: m.push(m.memo[int(m.line())]), pickle.BINGET: lambda m: m.push(m.memo[m.number(_U1)]),
    pickle.LONG_BINGET: lambda m: m.push(m.memo[m.number(_U4)]),
    pickle.GLOBAL: Machine.name_on_lines, pickle.STACK_GLOBAL: Machine.name_on_stack,
    pickle.REDUCE: Machine.call, pickle.NEWOBJ: Machine.new, pickle.NEWOBJ_EX: Machine.new_with_keywords, pickle.BUILD: Machine.build,
    pickle.BINPERSID: Machine.persistent, pickle.PERSID: lambda m: m.push(m.rules.persistent(m.line().decode())),
    pickle.INST: Machine.refused, pickle.OBJ: Machine.refused, pickle.EXT1: Machine.refused, pickle.EXT2: Machine.refused,
    pickle.EXT4: Machine.refused, pickle.NEXT_BUFFER: Machine.refused, pickle.READONLY_BUFFER: Machine.refused,
}
_HANDLERS: list[types.FunctionType] = [_INSTRUCTIONS.get(bytes([code]), Machine.unknown) for code in range(256)]
