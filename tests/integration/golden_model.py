"""Tiny encoders of tests/golden/encoders.json as model folders."""
import array
import base64
import json
import math
import os
import struct

from program import GOLDEN


def made_safetensors(rows):
    """The weights of tests/golden/made_weights.py, without numpy."""
    mask = (1 << 64) - 1
    header, data = {}, array.array("f")
    for name, shape, mean, scale in rows:
        seed = 0xCBF29CE484222325
        for byte in name.encode():
            seed = ((seed ^ byte) * 0x100000001B3) & mask
        begin = 4 * len(data)
        for i in range(math.prod(shape)):
            z = (seed + i + 0x9E3779B97F4A7C15) & mask
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
            data.append(mean + scale * (2 * ((z ^ (z >> 31)) >> 40) / 2**24 - 1))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, 4 * len(data)]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data.tobytes()


def golden_encoder(name, folder):
    """Writes a model of tests/golden/encoders.json into the folder; its texts and results."""
    with open(os.path.join(GOLDEN, "encoders.json"), encoding="utf-8") as f:
        golden = json.load(f)
    case = next(c for c in golden["cases"] if c["name"] == name)
    contents = {path: text.encode() for path, text in case["files"].items()}
    contents.update((path, base64.b64decode(b)) for path, b in case.get("binary_files", {}).items())
    contents.update((path, made_safetensors(rows)) for path, rows in case["tensors"].items())
    for path, content in contents.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "wb") as f:
            f.write(content)
    return golden["texts"], case
