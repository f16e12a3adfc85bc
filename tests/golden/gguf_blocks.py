#!/usr/bin/env python3
"""Writes tests/golden/blocks.gguf, which the tests of the GGUF reader and of block_quant read.

Usage: gguf_blocks.py tests/golden/blocks.gguf
Needs: pip install gguf (0.19.0 made the committed file)

For each element type T the file has "T.values" (f32): what the package reads from the tensor "T".
For the types that the package can write, "T" is made from the tensor "source"; for the K types its
blocks are random bytes with sane scales. The metadata has a value of every type.
"""
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFValueType as Value

ROWS, COLUMNS = 5, 256


def source(rng):
    x = rng.standard_normal((ROWS, COLUMNS)).astype(np.float32)
    x[1] *= 1e-3
    x[2] *= 1e3
    x[3, :32] = 0  # a block without a scale
    x[3, 32:64] = 1.25  # one without a spread
    x[3, 64:96] = np.arange(32) - 16  # ties between the extremes, exact halves
    x[3, 96:128] = -np.abs(x[3, 96:128])
    x[3, 128:160] *= 1e-7  # scales that are subnormal in f16
    x[4] = np.round(x[4] * 4) / 4
    return x


def random_blocks(rng, kind, d_offsets):
    """Random bytes, with the f16 numbers at `d_offsets` of each block in a sane range."""
    blocks = rng.integers(0, 256, (ROWS, gguf.GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
    for offset in d_offsets:
        d = (rng.uniform(-1, 1, ROWS) * 0.01).astype(np.float16)
        blocks[:, offset : offset + 2] = d.view(np.uint8).reshape(ROWS, 2)
    return blocks


def main():
    rng = np.random.default_rng(3)
    writer = gguf.GGUFWriter(sys.argv[1], "test")
    writer.add_key_value("test.u8", 255, Value.UINT8)
    writer.add_key_value("test.i8", -128, Value.INT8)
    writer.add_key_value("test.u16", 65535, Value.UINT16)
    writer.add_key_value("test.i16", -32768, Value.INT16)
    writer.add_key_value("test.u32", 2**32 - 1, Value.UINT32)
    writer.add_key_value("test.i32", -(2**31), Value.INT32)
    writer.add_key_value("test.u64", 2**64 - 1, Value.UINT64)
    writer.add_key_value("test.i64", -(2**63), Value.INT64)
    writer.add_key_value("test.f32", 0.5, Value.FLOAT32)
    writer.add_key_value("test.f64", 0.1, Value.FLOAT64)
    writer.add_key_value("test.bool", True, Value.BOOL)
    writer.add_key_value("test.string", "größer", Value.STRING)
    writer.add_array("test.strings", ["a", "", "bc"])
    writer.add_array("test.ints", [1, -2, 3])
    writer.add_array("test.floats", [0.5, -1.5])
    writer.add_array("test.bools", [True, False])

    x = source(rng)
    writer.add_tensor("source", x)
    for kind in (Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1):
        data = gguf.quantize(x, kind)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        writer.add_tensor(f"{kind.name}.values", gguf.dequantize(data, kind))
    for kind, offsets in ((Type.Q4_K, (0, 2)), (Type.Q5_K, (0, 2)), (Type.Q6_K, (208,))):
        data = random_blocks(rng, kind, offsets)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        writer.add_tensor(f"{kind.name}.values", gguf.dequantize(data, kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
