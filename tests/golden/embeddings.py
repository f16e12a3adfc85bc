#!/usr/bin/env python3
"""Writes embeddings.json and embeddings.f32: what sentence-transformers makes of 40 texts.

    python tests/golden/embeddings.py MODEL_DIR

Made with sentence-transformers 6.2.0, transformers 5.23.0 and torch 2.15.0 on a CPU in f32.
embeddings.f32 holds one row of 384 little-endian f32 for each text.
"""

import json
import pathlib
import sys

from sentence_transformers import SentenceTransformer

HERE = pathlib.Path(__file__).parent

SENTENCES = [
    "The ferry to the island leaves at half past six, except on public holidays.",
    "Set max_connections to at least 200 and restart the server for the change to take effect.",
    "Copper conducts electricity better than iron but worse than silver.",
    "She asked whether the contract could be ended early; nobody knew.",
    "An index speeds up reading and slows down writing, and it takes space on disk.",
    "Heat the oven to 180 degrees, grease the tin, and sift the flour twice.",
    "The committee met on 4 May 1987 in Geneva and adopted the report without a vote.",
    "If the light blinks red three times, the battery must be replaced by a technician.",
]

TEXTS = [
    "",
    " ",
    "a",
    "?",
    "yes",
    "port",
    "What port does the server listen on by default?",
    "How do I renew an expired passport?",
    "pg_dump --format=custom --file=backup.dump mydb",
    "SELECT name, count(*) FROM orders WHERE total > 12.50 GROUP BY name;",
    "for (int i = 0; i < n; ++i) { sum += values[i]; }",
    "C:\\Program Files\\Example\\bin\\start.exe /quiet",
    "https://example.org/a/b?c=d&e=f#g",
    "E = mc^2, where c = 299,792,458 m/s",
    "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG",
    "the quick brown fox jumps over the lazy dog",
    "naïve café, Zürich, Ærø, smörgåsbord, fiancée",
    "Die Würde des Menschen ist unantastbar.",
    "Où se trouve la gare la plus proche ?",
    "¿Cuándo empieza la próxima reunión?",
    "Все счастливые семьи похожи друг на друга.",
    "Ελληνικά γράμματα και αριθμοί 123",
    "日本語の文章をここに置きます。",
    "机器学习是人工智能的一个分支。",
    "한국어 문장도 하나 있습니다.",
    "هذا نص قصير باللغة العربية",
    "זהו משפט קצר בעברית",
    "हिन्दी में एक छोटा वाक्य",
    "ข้อความภาษาไทย",
    "emoji: \U0001F600 \U0001F680 \u2764\ufe0f and \u2713",
    "tabs\tand\nline breaks\r\nin one text",
    "[CLS] looks like a special token [SEP] and so does this [MASK]",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    " ".join(SENTENCES[:2]),
    " ".join(SENTENCES[2:5]),
    " ".join(SENTENCES),
    " ".join(reversed(SENTENCES)),
    " ".join(SENTENCES * 2),  # longer than the model's 256 tokens
    " ".join(str(n) for n in range(300)),
    "word " * 254,  # fills the 256 tokens exactly
]


def main():
    model = SentenceTransformer(sys.argv[1], device="cpu")
    rows = model.encode(TEXTS, batch_size=1, normalize_embeddings=True, convert_to_numpy=True)
    rows.astype("<f4").tofile(HERE / "embeddings.f32")
    (HERE / "embeddings.json").write_text(
        json.dumps({"dim": int(rows.shape[1]), "texts": TEXTS}, ensure_ascii=True, indent=1) + "\n"
    )
    print(rows.shape, "texts:", len(TEXTS))


if __name__ == "__main__":
    main()
