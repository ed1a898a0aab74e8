"""Records: named tuples of arrays and numbers that compiled code reads where they lie.

An argument that is a tuple of arrays costs the compiler a wrapper of thousands of instructions,
and each call 10 us to unpack. Here Python writes the addresses and lengths of the arrays, and
the numbers, into a buffer of 64-bit words once; kernels receive the address of the buffer and
read fields by name. The arrays that they see own nothing: `Packed` keeps them alive.

The fields of a record are annotated with the types of this module, or are records themselves.
"""

import struct
from ctypes import addressof, c_char, c_int64
from functools import cache, lru_cache
from typing import Annotated, Any, NamedTuple, get_type_hints

import numba
import numpy as np
from numba import types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    unbox,
)
from numba.np.numpy_support import as_dtype, from_dtype

from sknn_tune.network.views import contiguous

_config: Any = numba.config  # its attributes are made from the environment
_WORD = 8


class _Field(NamedTuple):
    """A C-contiguous array in a record."""

    dtype: str  #: "real", "index", or a name of numpy's
    n_dimensions: int
    read_only: bool = False


#: Arrays of the dtype of the network.
Vector = Annotated[np.ndarray, _Field("real", 1)]
InputVector = Annotated[np.ndarray, _Field("real", 1, read_only=True)]
InputMatrix = Annotated[np.ndarray, _Field("real", 2, read_only=True)]
#: Positions in a sparse matrix.
InputIndices = Annotated[np.ndarray, _Field("index", 1, read_only=True)]
#: Arrays of the same dtype in every network.
Floats = Annotated[np.ndarray, _Field("float64", 1)]
Integers = Annotated[np.ndarray, _Field("int64", 1)]
Table = Annotated[np.ndarray, _Field("int64", 2)]

#: Default of an array or a record that is absent: no kernel must read it.
ABSENT: Any = None

_NUMBERS = {int: types.int64, float: types.float64, bool: types.boolean}


class Record(types.Type):
    """Numba's type of the address of a record.

    Parameters
    ----------
    record : type
        The named tuple.
    real, index : str
        Names of the dtypes of the network and of the positions in sparse matrices.
    """

    def __init__(self, record: type, real: str, index: str) -> None:
        self._dtypes = {"real": real, "index": index}
        self.fields: dict[str, types.Type] = {}
        self.offsets: dict[str, int] = {}  #: in words
        #: Name, type, dtype of an array, and what stands for one that is absent.
        self.layout: list[tuple[str, types.Type, np.dtype | None, list[int]]] = []
        #: Whether the records are not compared as tuples but by identity: their words are kept.
        self.is_shared = record.__hash__ is not tuple.__hash__
        self.size = 0  #: in words
        self.format = ""  #: of the words, for `struct`
        for name, hint in get_type_hints(record, include_extras=True).items():
            field = self.fields[name] = self._type_of(hint)
            dtype = as_dtype(field.dtype) if isinstance(field, types.Array) else None
            self.layout.append((name, field, dtype, [0] * _n_words(field)))
            self.offsets[name] = self.size
            self.size += _n_words(field)
            self.format += _format(field)
        super().__init__(f"Record({record.__name__}, {real}, {index})")

    def _type_of(self, hint):
        if hint in _NUMBERS:
            return _NUMBERS[hint]
        if isinstance(hint, type):
            return record_type(hint, self._dtypes["real"], self._dtypes["index"])
        dtype, n_dimensions, read_only = hint.__metadata__[0]
        element = from_dtype(np.dtype(self._dtypes.get(dtype, dtype)))
        return types.Array(element, n_dimensions, "C", readonly=read_only)


@cache
def record_type(record: type, real: str, index: str = "int32") -> Record:
    """The type of a record, one object for each combination of dtypes."""
    return Record(record, real, index)


def _n_words(kind):
    if isinstance(kind, Record):
        return kind.size
    return 1 + kind.ndim if isinstance(kind, types.Array) else 1


def _format(kind):
    if isinstance(kind, Record):
        return kind.format
    return "d" if kind is types.float64 else "q" * _n_words(kind)


class Packed:
    """A record in the form that compiled code reads.

    Parameters
    ----------
    record : named tuple
        Its arrays must not be replaced afterwards.
    kind : Record
        The type of the record.

    Attributes
    ----------
    record : named tuple
    handle : int or named tuple
        What kernels receive: the address, or without compilation the record itself.

    Raises
    ------
    TypeError
        If an array is not what the type says.
    """

    def __init__(self, record: Any, kind: Record) -> None:
        self.record = record
        self.handle = record
        if not _config.DISABLE_JIT:
            values: list[int | float] = []
            _collect(record, kind, values)
            self._words = _words(kind.size)()
            struct.pack_into(kind.format, self._words, 0, *values)
            self.handle = addressof(self._words)


@cache
def _words(n: int) -> Any:
    # Not in `Record`: its objects are stored with compiled code, and this cannot be.
    return c_int64 * n


def _collect(record, kind, values):
    """Append what fills the words of a record."""
    if record is None:
        values += [0] * kind.size
        return
    for value, (name, field, dtype, absent) in zip(record, kind.layout, strict=True):
        if dtype is not None:
            values += absent if value is None else _array_words(value, name, dtype, len(absent) - 1)
        elif field.__class__ is not Record:
            values.append(value)
        elif field.is_shared and value is not None:
            values += _words_of_shared(value, field)
        else:
            _collect(value, field, values)


@lru_cache(maxsize=256)
def _words_of_shared(record, kind):
    values: list[int | float] = []
    _collect(record, kind, values)
    return values


def _array_words(array, name, dtype, n_dimensions):
    flags = array.flags
    if array.dtype != dtype or array.ndim != n_dimensions or not flags.c_contiguous:
        raise TypeError(
            f"{name} must be a C-contiguous {n_dimensions}d array of {dtype}, got a "
            f"{array.ndim}d array of {array.dtype}."
        )
    if array.size == 0:
        return [0, *array.shape]
    if flags.writeable:  # five times as fast
        return [addressof(c_char.from_buffer(array)), *array.shape]
    return [array.__array_interface__["data"][0], *array.shape]


@register_model(Record)
class _RecordModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, manager.lookup(types.int64).get_value_type())


@unbox(Record)
def _unbox_record(kind, address, context):
    return NativeValue(context.pyapi.long_as_longlong(address))


@infer_getattr
class _Fields(AttributeTemplate):
    key = Record

    def generic_resolve(self, kind, name):
        return kind.fields.get(name)


@lower_getattr_generic(Record)
def _field(context, builder, kind, address, name):
    field, word = kind.fields[name], kind.offsets[name]
    place = builder.add(address, address.type(word * _WORD))
    if isinstance(field, Record):
        return place
    if not isinstance(field, types.Array):
        return _load_number(context, builder, place, field)
    words = [
        _load_number(context, builder, builder.add(place, place.type(_WORD * i)), types.int64)
        for i in range(_n_words(field))
    ]
    element = context.get_data_type(field.dtype)
    data = builder.inttoptr(words[0], element.as_pointer())
    return contiguous(context, builder, field, data, words[1:])


def _load_number(context, builder, place, kind):
    """The number in a word; integers and booleans fill it, floats lie in it as they are."""
    if kind is types.float64:
        return builder.load(builder.inttoptr(place, context.get_value_type(kind).as_pointer()))
    word = builder.load(builder.inttoptr(place, place.type.as_pointer()))
    return context.cast(builder, word, types.int64, kind)
