"""What the jobs do: called by workers of RQ, by the names under which the web process enqueues them."""
import gzip
import hashlib
import json
import os
import shutil

OUT = os.environ.get('OUT_DIR', 'out')


def compress(folder, path):
    """Gzips one file to gz/<path>.gz, and lists it in compressed.jsonl."""
    archive = os.path.join(OUT, 'gz', path + '.gz')
    os.makedirs(os.path.dirname(archive), exist_ok=True)
    part = archive + '.part'
    with open(os.path.join(folder, path), 'rb') as source, gzip.open(part, 'wb', 6) as target:
        shutil.copyfileobj(source, target)
    # A worker that was killed leaves a .part behind, which the next attempt writes again: never half an archive.
    os.replace(part, archive)
    add_to('compressed.jsonl', {'path': path, 'from': os.path.getsize(os.path.join(folder, path)), 'to': os.path.getsize(archive)})


def digest(folder, path):
    """Lists the SHA-256 of one file in digests.jsonl."""
    sha256 = hashlib.sha256()
    with open(os.path.join(folder, path), 'rb') as source:
        while chunk := source.read(1 << 20):
            sha256.update(chunk)
    add_to('digests.jsonl', {'path': path, 'sha256': sha256.hexdigest()})


def add_to(name, record):
    """Adds one line to a list that all workers write to: one short append is never torn by another."""
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, name), 'ab', buffering=0) as file:
        file.write((json.dumps(record) + '\n').encode())
