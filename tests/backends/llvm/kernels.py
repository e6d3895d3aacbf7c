"""Small kernels for the tests of what runs kernels."""
from flambeau.backends.llvm.ir import Function, Value, constant
from flambeau.backends.llvm.kernel import Kernel

PARAMETERS = [("ptr", "arguments"), ("i64", "thread"), ("i64", "threads")]
ARGUMENTS, THREAD, THREADS = Value("ptr", "%arguments"), Value("i64", "%thread"), Value("i64", "%threads")
PARALLEL = 1e9          # nanoseconds of work enough for any number of threads


def pointers(f, count):
    """The kernel's arguments."""
    return [f.load("ptr", f.at(ARGUMENTS, k, "ptr")) for k in range(count)]


def axpy(count, scale, slots, work=PARALLEL):
    """y += scale · x for doubles."""
    def emit(module, name, machine):
        f = Function(module, name, PARAMETERS)
        x, y = pointers(f, 2)
        start, stop = f.share(count, THREAD, THREADS)
        with f.loop(start, stop) as i:
            here = f.at(y, i, "double")
            f.store(f.fadd(f.fmul(constant("double", scale), f.load("double", f.at(x, i, "double"))), f.load("double", here)), here)
        f.finish()
    return Kernel(f"test axpy {count} {scale}", emit, tuple(slots), work, title="axpy")


def shift(count, slots, work=PARALLEL):
    """y[i] = x[(i + 1) mod count] + 1 for doubles: each thread reads what others wrote."""
    def emit(module, name, machine):
        f = Function(module, name, PARAMETERS)
        x, y = pointers(f, 2)
        start, stop = f.share(count, THREAD, THREADS)
        with f.loop(start, stop) as i:
            there = f.at(x, f.rem(f.add(i, 1), count), "double")
            f.store(f.fadd(f.load("double", there), constant("double", 1)), f.at(y, i, "double"))
        f.finish()
    return Kernel(f"test shift {count}", emit, tuple(slots), work, title="shift")


def census(scratch, slot):
    """out[t] = 1 + t for each thread, by way of its scratch memory; out[63] counts threads."""
    def emit(module, name, machine):
        f = Function(module, name, PARAMETERS)
        memory, out = pointers(f, 2)
        own = f.at(memory, f.mul(THREAD, scratch.nbytes), "i8")
        with f.loop(0, scratch.nbytes // 8) as i:
            f.store(f.add(THREAD, 1), f.at(own, i, "i64"))
        f.store(f.load("i64", f.at(own, scratch.nbytes // 8 - 1, "i64")), f.at(out, THREAD, "i64"))
        with f.when(f.compare("eq", THREAD, f.index(0))):
            f.store(THREADS, f.at(out, 63, "i64"))
        f.finish()
    return Kernel(f"test census {scratch.nbytes}", emit, (scratch, slot), PARALLEL, title="census")
