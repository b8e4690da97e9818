#!/usr/bin/env python3
"""Check an evidence bundle of a Custodes ledger. One file, Python 3.9 or newer, nothing else; no network.

    python3 verify.py BUNDLE.zip [--vkey KEY]... [--checkpoint NOTE]...
    python3 verify.py --proof FILE.tlog-proof --entry ENVELOPE --vkey KEY

KEY and NOTE must come from somewhere else than the bundle. The verdict is the first word printed; exit status:
0 OK, 10 OK-WITH-GAPS, 11 ALTERED, 12 ROLLED-BACK, 13 FORKED, 14 BAD-SIGNATURE, 15 UNVERIFIABLE, 2 wrong use.
Part 1 is all the mathematics (RFC 6962, RFC 8032, c2sp.org/signed-note); part 2 reads the zip.
"""

# ruff: noqa
# mypy: ignore-errors
# fmt: off
# ==== part 1: leaf, proof, note ====================================================================
import base64, hashlib, itertools, json, re, struct, sys, zipfile

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D, ROOT_M1 = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

class Bad(Exception):
    """Its arguments: the verdict and what is wrong."""
def point_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P
def point_multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1: result = point_add(result, point)
        point, scalar = point_add(point, point), scalar >> 1
    return result
def point_read(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_M1 % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
def ed25519_ok(public, message, signature):
    """RFC 8032, section 5.1.7."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = point_read(public), point_read(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    x1, y1, z1, _ = point_multiply(s, point_read(bytes.fromhex("58" + "66" * 31)))
    x2, y2, z2, _ = point_add(r, point_multiply(k, a))
    return not ((x1 * z2 - x2 * z1) % P or (y1 * z2 - y2 * z1) % P)
def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()
def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()
def root_from_path(leaf, index, size, path):
    """The root that an audit path leads to (RFC 6962, 2.1.1), or None when it does not fit index and size."""
    if not 0 <= index < size:
        return None
    path = list(path)
    def climb(low, high):  # the hash of leaves low to high, where index lies in between
        if high - low == 1:
            return leaf
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        sibling = path.pop() if path else b""
        below = climb(low, middle) if index < middle else climb(middle, high)
        return node_hash(below, sibling) if index < middle else node_hash(sibling, below)
    root = climb(0, size)
    return None if path else root
def roots_from_consistency(size1, size2, proof, root1):
    """The older and newer root a consistency proof leads to (RFC 6962, 2.1.2), or None when it does not fit."""
    proof = list(proof)
    def climb(high, low, whole):  # the pair of roots over [low, high), the older one ending at size1
        if size1 == high:
            known = root1 if whole else (proof.pop(0) if proof else b"")
            return known, known
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if size1 <= middle:
            old, new = climb(middle, low, whole)
            return old, node_hash(new, proof.pop(0) if proof else b"")
        old, new = climb(high, middle, False)
        left = proof.pop(0) if proof else b""
        return node_hash(left, old), node_hash(left, new)
    if not 1 <= size1 <= size2 or any(len(part) != 32 for part in proof):
        return None
    pair = climb(size2, 0, True)
    return None if proof else pair
def b64(text):
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not canonical base64")
    return data
def read_vkey(text):
    """``name+hash+base64`` -> (name, id, type, key bytes)."""
    name, digest, material = text.strip().split("+", 2)
    raw = b64(material)
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] not in (1, 4) or key_id.hex() != digest:
        raise Bad("UNVERIFIABLE", "not a verification key: " + text[:80])
    return name, key_id, raw[0], raw[1:]
def split_note(note):
    cut = note.rfind("\n\n")
    lines = note[cut + 2 :].split("\n")
    if cut < 0 or lines.pop() or not lines or any(ord(c) < 32 and c != "\n" for c in note):
        raise Bad("UNVERIFIABLE", "not a signed note")
    signatures = [re.match("^\u2014 (\\S+) (\\S+)$", line) for line in lines]
    if not all(signatures): raise Bad("UNVERIFIABLE", "not a signature line")
    return note[: cut + 1], [(m[1], b64(m[2])) for m in signatures]
def open_checkpoint(note, keys):
    """-> (origin, size, root, times of cosignatures); raises Bad unless the log itself signed with a known key."""
    text, lines = split_note(note)
    parts = text.split("\n")
    if len(parts) < 4 or not re.match("^(0|[1-9][0-9]{0,18})$", parts[1]) or len(b64(parts[2])) != 32:
        raise Bad("UNVERIFIABLE", "not a checkpoint")
    signed, times = False, []
    for name, blob in lines:
        for key_name, key_id, kind, public in keys:
            if (key_name, key_id) != (name, blob[:4]):
                continue
            message, signature = text.encode(), blob[4:]
            if kind == 4 and len(signature) == 72:
                times.append(struct.unpack(">Q", signature[:8])[0])
                message, signature = b"cosignature/v1\ntime %d\n" % times[-1] + message, signature[8:]
            if not ed25519_ok(public, message, signature):
                raise Bad("BAD-SIGNATURE", "the signature by " + name + " does not fit")
            signed = signed or (kind == 1 and name == parts[0])
    if not signed: raise Bad("BAD-SIGNATURE", "no known key of the log signed this checkpoint")
    return parts[0], int(parts[1]), b64(parts[2]), times

# ==== part 2: the bundle ===========================================================================
CODES = {"BAD-SIGNATURE": 14, "FORKED": 13, "ROLLED-BACK": 12, "ALTERED": 11, "UNVERIFIABLE": 15, "OK-WITH-GAPS": 10,
         "OK": 0}  # the most serious first
NEEDED = {"id", "recorded_at", "refs", "simulated", "stream", "type"}
COMMIT = b'"payload":{"alg":"HMAC-SHA256","commit":"'
LAYOUT = (rb'{"event_time":TIME,"id":UUID,"log":LOG,"model_version":TEXT,"payload":(?:null|{"alg":"HMAC-SHA256",'
          rb'"commit":"[^"]{64}","key_id":(?:null|TEXT),"media_type":TEXT,"size":(?:0|[1-9][0-9]{0,14})}),'
          rb'"policy_ref":TEXT,"recorded_at":TIME,"recorded_by":(?:UUID|null),"refs":\[(?:TEXT(?:,TEXT)*)?],'
          rb'"simulated":(?:false|true),"stream":TEXT,"subject":(?:null|UUID),"system":TEXT,'
          rb'"type":(?!"retention.pruned"|"subject.erased")TEXT,"v":"lv/1"}').replace(b"TEXT", b'"[^"]*"')
LAYOUT = LAYOUT.replace(b"UUID", b'"[^"]{36}"').replace(b"TIME", b'"[^"]{27}"')  # each member once, in its order
INNER, OUTER = bytes(i ^ 0x36 for i in range(256)), bytes(i ^ 0x5C for i in range(256))
NAME = re.compile(r"[A-Za-z0-9][\w.+-]*(/[\w+-][\w.+-]*)*", re.ASCII)
OLDER = re.compile(r"older-checkpoints/\d+\.note")
def unique(pairs):
    if len(dict(pairs)) != len(pairs): raise ValueError("a member stands twice")
    return dict(pairs)
def small(digits): return int(digits if len(digits) < 20 and abs(int(digits)) < 1 << 53 else "too large")
STRICT = json.JSONDecoder(object_pairs_hook=unique)
ENTRY = json.JSONDecoder(object_pairs_hook=unique, parse_float=int, parse_constant=int, parse_int=small)  # no floats
def strict(text): return STRICT.decode(text if isinstance(text, str) else text.decode())
def tile_name(number):
    *above, last = [part.zfill(3) for part in f"{number:,}".split(",")]
    return "/".join(["x" + part for part in above] + [last])
def fold(data, sha256=hashlib.sha256):
    while len(data) > 32:  # 2^n joined hashes
        data = b"".join([sha256(b"\1" + pair).digest() for pair, in struct.iter_unpack("64s", data)])
    return data
def is_index(value): return type(value) is int and 0 <= value < 1 << 62
def read_ranges(value, end=1 << 62):
    last = 0
    for pair in value:
        if not (len(pair) == 2 and is_index(pair[0]) and is_index(pair[1]) and last <= pair[0] < pair[1]):
            raise Bad("UNVERIFIABLE", "ranges of indexes must increase")
        last = pair[1]
    if last > end: raise Bad("UNVERIFIABLE", f"entry {end} removes what came after it")
    return value
def outside(indexes, ranges):
    """Those of increasing indexes that no range holds, in one pass over both."""
    waiting, reach = sorted(ranges, reverse=True), 0
    for index in indexes:
        while waiting and waiting[-1][0] <= index:
            reach = max(reach, waiting.pop()[1])
        if index >= reach: yield index
def split_envelopes(data):
    position, found = 0, []
    while position < len(data):
        start, position = position + 2, position + 2 + (data[position] << 8 | data[position + 1])
        found.append(data[start:position])
    if position > len(data): raise Bad("UNVERIFIABLE", "entries are not length-prefixed")
    return found
class Bundle:
    """One bundle, and what was found wrong with it."""
    def __init__(self, path):
        self.file, self.names, self.tiles, self.failures, self.remarks = open(path, "rb"), {}, {}, [], []
        self.seen, self.used, self.removals = set(), set(), set()
        for info in zipfile.ZipFile(self.file).infolist():
            plain = info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size < 1 << 28
            named = len(info.filename) <= 200 and NAME.fullmatch(info.filename) and info.orig_filename == info.filename
            if not plain or not named or info.flag_bits & 1 or info.filename in self.names:
                raise Bad("UNVERIFIABLE", f"member refused: {info.filename[:80]!r}")
            self.names[info.filename] = info.header_offset, info.file_size
    def fail(self, *failure): self.failures.append(failure)
    def read(self, name):
        """A member's bytes. Its zip checksum is not what we rely on, so a wrong one is not an error."""
        if name not in self.names: raise Bad("UNVERIFIABLE", "the bundle lacks " + name)
        self.used.add(name)
        offset, size = self.names[name]
        self.file.seek(offset)
        mark, length, extra = struct.unpack("<4s22xHH", self.file.read(30))
        found, _, data = self.file.read(length), self.file.read(extra), self.file.read(size)
        if (mark, found, len(data)) != (b"PK\3\4", name.encode(), size): raise Bad("UNVERIFIABLE", name + " is cut off")
        return data
    def tile(self, level, number, size=None):
        """The hashes of one tile, joined, as far as a tree of ``size`` has them."""
        if (level, number) not in self.tiles:
            full = min(256, (self.size >> 8 * level) - number * 256)
            data = self.read(f"tiles/{level}/{tile_name(number)}" + ("" if full == 256 else f".p/{full}"))
            if len(data) != 32 * full: raise Bad("UNVERIFIABLE", f"tile {level}/{number} has the wrong length")
            self.tiles[level, number] = data
        return self.tiles[level, number][: 32 * (((size or self.size) >> 8 * level) - number * 256)]
    def root(self, size):
        """The root at ``size`` from the last tile of each level: each is folded, then joined from right to left."""
        right, level = None, 0
        while size >> 8 * level:
            width = (size >> 8 * level) % 256
            hashes = self.tile(level, (size >> 8 * level) // 256, size) if width else b""
            for bit in range(8):
                if width >> bit & 1:
                    low = width >> bit + 1 << bit + 1
                    part = fold(hashes[32 * low : 32 * (low + (1 << bit))])
                    right = part if right is None else node_hash(part, right)
            level += 1
        return hashlib.sha256(b"").digest() if right is None else right
    def check(self, vkeys, notes):
        manifest = strict(self.read("manifest.json"))
        self.low, self.high = manifest["entries"]["from"], manifest["entries"]["to"]
        self.withheld = read_ranges(manifest["payloads"]["withheld"])
        self.former = [(each["origin"], each["until"]) for each in manifest.get("predecessors", [])]
        ordered = is_index(self.low) and is_index(self.high) and self.low < self.high
        if manifest["format"] != "custodes-bundle/2" or not ordered or self.low % 256:
            raise Bad("UNVERIFIABLE", "another format of bundle, or a range that is none")
        keys = self.trusted(vkeys)
        self.log, self.size, self.head, times = open_checkpoint(self.read("checkpoint.note").decode(), keys)
        if manifest["log"] != self.log or self.high > self.size:
            return self.fail("ALTERED", "the manifest speaks of another log or size than the checkpoint")
        sound = self.check_tiles()
        older = [(self.check_older, name, name) for name in sorted(filter(OLDER.fullmatch, self.names))]
        for check, what, name in [(self.check_outside, note, "a checkpoint you gave") for note in notes] + older:
            try:
                check(what, keys, sound)
            except (Bad, ValueError) as error:
                verdict, what = error.args if isinstance(error, Bad) else ("UNVERIFIABLE", error)
                self.fail(verdict, f"{name}: {what}")
        self.check_entries()
        self.remarks += ["the key came with the bundle: compare it with one obtained elsewhere (--vkey)"] * (not vkeys)
        self.remarks += ["no outside checkpoint: the key's holder could have rewritten it"] * (not notes and not times)
        self.remarks += ["a range only: the rest was not looked at"] * ((self.low, self.high) != (0, self.size))
    def trusted(self, vkeys):
        """The keys to believe: those given, and their successors by signed entries; else those of the bundle."""
        words = [line.split() for line in self.read("policy.txt").decode().splitlines()]
        logs = [read_vkey(w[1]) for w in words if w[:1] == ["log"] and len(w) > 1]
        witnesses = [read_vkey(w[2]) for w in words if w[:1] == ["witness"] and len(w) > 2]
        trusted = [key for key in map(read_vkey, vkeys) if key[2] == 1]
        witnesses += [key for key in map(read_vkey, vkeys) if key[2] == 4]
        if not logs: raise Bad("UNVERIFIABLE", "policy.txt names no log key")
        history = [strict(line) for line in self.read("keys.jsonl").decode().splitlines()] if trusted else []
        for line, following in zip(history, history[1:]):
            refs, index = [line["vkey"], following["vkey"]], line["until"]
            old, new = map(read_vkey, refs)
            if old in trusted and new not in trusted and is_index(index) and self.rotation_signed(old, refs, index):
                trusted.append(new)
        return (trusted or logs) + witnesses
    def rotation_signed(self, old, refs, index):
        name = f"entries/{tile_name(index // 256)}.bin"
        rows = split_envelopes(self.read(name)) if name in self.names else []
        entry = strict(rows[index % 256]) if index % 256 < len(rows) else {}
        if (entry.get("stream"), entry.get("type"), entry.get("refs")) != ("ledger", "key.rotated", refs):
            return False
        notes = [self.read(name).decode() for name in filter(OLDER.fullmatch, self.names)]
        own = [note for note in notes if any(blob[:4] == old[1] for _, blob in split_note(note)[1])]
        return any(open_checkpoint(note, [old])[1] > index for note in own)
    def check_tiles(self):
        before = len(self.failures)
        if self.root(self.size) != self.head:
            self.fail("ALTERED", "the tiles do not give the root that was signed")
        for number in range(self.low // 256, -(-self.high // 256)): self.connect(0, number)
        return len(self.failures) == before
    def connect(self, level, number):
        """A full tile hashes to its place above, and so on up to the last tiles, which the root was made of."""
        while (level, number) not in self.seen and len(self.tile(level, number)) == 256 * 32:
            self.seen.add((level, number))
            if fold(self.tile(level, number)) != self.tile(level + 1, number // 256)[number % 256 * 32 :][:32]:
                self.fail("ALTERED", f"tile {level}/{number} does not hash to its place above")
            level, number = level + 1, number // 256
    def check_outside(self, note, keys, sound):
        text, lines = split_note(note)
        if text.split("\n")[0] not in [self.log] + [name for name, _ in self.former]:
            raise Bad("UNVERIFIABLE", "it belongs to another log")
        if not any((name, blob[:4]) == key[:2] for name, blob in lines for key in keys if key[2] == 1):
            raise Bad("BAD-SIGNATURE", "it was signed by another key")
        _, size, root, _ = open_checkpoint(note, keys)
        if size > self.size: raise Bad("ROLLED-BACK", f"it covers {size} entries, this bundle {self.size}")
        if size < self.size and not sound: return
        before = len(self.failures)
        for level in range(8):  # the tiles this older root is made of belong to the tree of today
            (size >> 8 * level) % 256 and self.connect(level, size >> 8 * (level + 1))
        if len(self.failures) > before: return
        if (self.head if size == self.size else self.root(size)) != root:
            raise Bad("FORKED", f"at {size} entries it was signed over another history")
        self.remarks.append(f"your checkpoint at {size} fits")
    def check_older(self, name, keys, sound):
        _, size, root, _ = open_checkpoint(self.read(name).decode(), keys)
        proof = self.read(name[: -len("note")] + "consistency")
        parts = [proof[i : i + 32] for i in range(0, len(proof), 32)]
        if roots_from_consistency(size, self.size, parts, root) != (root, self.head):
            raise Bad("FORKED", "it is not a prefix of this log")
    def check_entries(self):
        """Every entry against its leaf, every payload against its commitment."""
        gone, explained, sha256 = [], [], hashlib.sha256
        begins, log = {until for _, until in self.former}, b'"%b"' % re.escape(self.log).encode()
        fits = re.compile(LAYOUT.replace(b"LOG", log)).fullmatch  # strings end at the next ": no backslash may be there
        for number in range(self.low // 256, -(-self.high // 256)):
            first, name = number * 256, tile_name(number)
            tile = self.tile(0, number)[: 32 * (self.high - first)]
            rows, records = split_envelopes(self.read(f"entries/{name}.bin")), self.records(name, len(tile) // 32)
            if len(rows) != len(tile) // 32: self.fail("ALTERED", f"from {first} on there are {len(rows)} entries")
            if b"".join([sha256(b"\0" + data).digest() for data in rows]) != tile:
                for index, data, (expected,) in zip(itertools.count(first), rows, struct.iter_unpack("32s", tile)):
                    if leaf_hash(data) != expected: self.fail("ALTERED", f"entry {index} is not what was signed")
            del rows[len(tile) // 32 :]
            promised = [data.partition(COMMIT)[2][:64] if len(data) <= 8192 and fits(data) else None for data in rows]
            readable = b"\\" not in (joined := b"".join(rows)) and joined.decode("utf-8", "ignore").encode() == joined
            for index, (promise, record, data) in enumerate(zip(promised, records, rows), first):
                if promise is None or not readable or index in begins:
                    promise = self.read_entry(index, data)
                if record:  # salt and payload; one that is large, or empty, is a file of its own
                    salt, body = record[:32], record[32:] or self.read(f"payloads/{name}/{index - first}.bin")
                    inner = sha256(salt.translate(INNER) + b"\x36" * 32 + body).digest()
                    commit = sha256(salt.translate(OUTER) + b"\x5c" * 32 + inner).hexdigest()
                    if commit.encode() != promise:
                        self.fail("ALTERED", f"the payload of entry {index} is not what the entry commits to")
                    elif index in self.removals:
                        explained += read_ranges(strict(body)["ranges"], index)
                elif promise: gone.append(index)
        lost = list(outside(absent := list(outside(gone, self.withheld)), explained))
        self.failures += [("ALTERED", f"the payload of entry {i} is absent and no entry says why") for i in lost]
        extra = [name for name in self.names.keys() - self.used if name.startswith(("entries/", "payloads/"))]
        self.failures += [("ALTERED", f"{name} belongs to no entry in here") for name in extra]
        if len(absent) > len(lost):
            self.fail("OK-WITH-GAPS", f"{len(absent) - len(lost)} payloads were removed under entries that say why")
    def records(self, name, count):
        """Salt and payload of each entry of a tile, joined; nothing where there is none or it is not in here."""
        name = f"payloads/{name}.bin"
        data = self.read(name) if name in self.names else bytes(4 * count)
        bounds = list(itertools.accumulate(struct.unpack_from(f">{count}I", data), initial=4 * count))
        if bounds[-1] != len(data): raise Bad("UNVERIFIABLE", f"{name} is not as long as its payloads together")
        return [data[start:stop] for start, stop in zip(bounds, bounds[1:])]
    def read_entry(self, index, data):
        """Read an envelope strictly and return what it commits to."""
        try:
            entry = ENTRY.decode(data.decode())
            log, kind, commit = entry["log"], entry["type"], entry["payload"]
            commit = b"" if commit is None else commit["commit"].encode()
            fits = entry["v"] == "lv/1" and NEEDED <= set(entry) and len(data) <= 8192 and type(entry["refs"]) is list
        except (ValueError, KeyError, TypeError, AttributeError):
            fits = False
        if not fits or log != self.log and not any(log == name and index < until for name, until in self.former):
            return self.fail("ALTERED", f"entry {index} is not an envelope of this log") or b""
        for name, until in self.former:
            if until == index and (kind, entry["refs"][:1]) != ("origin.begun", [name]):
                self.fail("ALTERED", f"entry {index} does not begin a new name of this log")
        if kind in ("retention.pruned", "subject.erased") and entry["stream"] == "ledger": self.removals.add(index)
        return commit
def check_proof(proof, envelope, vkeys):
    top, _, note = proof.partition("\n\n")
    lines = [line for line in top.split("\n") if not line.startswith("extra ")]
    if lines[0] != "c2sp.org/tlog-proof@v1" or not re.match("^index (0|[1-9][0-9]*)$", lines[1]):
        raise Bad("UNVERIFIABLE", "not a tlog-proof")
    log, size, root, _ = open_checkpoint(note, [read_vkey(key) for key in vkeys])
    if root_from_path(leaf_hash(envelope), int(lines[1][6:]), size, [b64(line) for line in lines[2:]]) != root:
        raise Bad("ALTERED", "the proof does not connect this entry with the checkpoint")
    return f"{log}, {lines[1]} of {size}"
def main(arguments):
    options, paths = {"--vkey": [], "--checkpoint": [], "--proof": [], "--entry": []}, []
    while arguments:
        word = arguments.pop(0)
        (options[word].append(arguments.pop(0)) if word in options and arguments else paths.append(word))
    wrong = len(paths) != (0 if options["--proof"] else 1) or len(options["--proof"]) != len(options["--entry"])
    if wrong or any(path.startswith("-") for path in paths): return print(__doc__) or 2
    failures, remarks = [], []
    try:
        notes, proofs, entries = ([open(path, "rb").read() for path in options[n]] for n in list(options)[1:])
        if proofs: remarks.append(check_proof(proofs[0].decode(), entries[0], options["--vkey"]))
        else:
            bundle = Bundle(paths[0])
            failures, remarks = bundle.failures, bundle.remarks
            bundle.check(options["--vkey"], [note.decode("utf-8", "replace") for note in notes])
    except Exception as error:
        failures.append(error.args if isinstance(error, Bad) else ("UNVERIFIABLE", f"{type(error).__name__}: {error}"))
    verdict = next((word for word in CODES if word in dict(failures)), "OK")
    lines = [f"! {word} {what}" for word, what in failures[:50]] + ["- " + what for what in remarks]
    print("\n".join([verdict] + lines))
    return CODES[verdict]
if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
