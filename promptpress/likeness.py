"""Tells whether a prompt says again what an earlier one said. Pure: no file, no service.

    prompt → its telling words → the earlier prompts that share a rare one → the most alike

Two prompts are alike when, of the words that either has, three quarters are words of both; a word
in another's place counts twice. Order, letter case, accents, punctuation and repetition do not
count, nor do words that show nothing: articles, small prepositions, "4k", "photo of". So a word
more or less is a rewording where there are at least three; another word in place of one is a
rewording only from thirteen on: a blue fox in snow is no red fox in snow. Synonyms are not seen.

No library: those for likeness count letters, for which blue and red are near, or estimate what is
exact here and as quick. Writing without spaces is taken by pairs of characters.
"""

import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable
from itertools import chain, islice
from zlib import crc32

LIKENESS = 0.75
"""Share of common words from which on two prompts are near-duplicates; measured by
`python -m tests.bench.likeness`."""
REPLACED = 2
"""What a word in another's place weighs beyond the two words that differ."""
MAX_WORDS = 64
"""Telling words of a prompt that count: of a longer one a sample, the same in any order."""
MAX_SHOWN = 200
"""Characters that are kept of a known prompt, to show them."""
SAMPLE = 10_000
"""Prompts by which it is learned which words are rare."""
_SILENT_WORDS = (
    # articles, prepositions and conjunctions of English …
    "a an the this that these those its of in on at to by for from with and or as is are be it "
    # … German, French, Spanish, Portuguese and Italian (die, la and the like stay)
    "der das den dem des ein eine einen einem einer im am auf mit und von vor zu bei "
    "le les un une du et dans sur avec el los las una y en con del o os uma em na da il lo di e "
    # … and Russian
    "в во на с со и у к по из за под "
    # … what shows nothing: boosts, and that it is a picture
    "2k 4k 8k 16k hd uhd hdr hq ultra high highly quality best detailed masterpiece "
    "trending artstation award winning picture image photo photograph"
)
_SILENT = frozenset(_SILENT_WORDS.split())
_ASCII = re.compile("[a-z0-9]+")
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uac00-\ud7a3"
"""Thai, Lao, Burmese and Khmer; Korean too, whose particles hang on its words."""
_RUN = re.compile(
    f"(?P<pairs>[{_HAN}々]+|[{_UNSPACED}]+)|(?P<kana>[\u3041-\u309f]+)|[\u30a0-\u30ff]+"
    f"|[^\\s{_HAN}々{_UNSPACED}\u3041-\u30ff]+"
)
"""A run of one writing within what stands between two blanks."""
_LINKS = re.compile("[的地得了在和与與是之着里裡上一只隻]")
"""Chinese characters that link words or count things, and divide better than they tell."""
_ACCENTS = re.compile("[\u0300-\u036f]")


class KnownPrompts:
    """All prompts that ever were, ready to be asked whether a new one is like one of them.

    An index by the rarest words: prompts that are alike must share one of them (the prefix
    filter of Chaudhuri, Ganti and Kaushik, 2006), so that few are compared and none is missed.
    """

    def __init__(self, prompts: Iterable[str] = (), *, likeness: float = LIKENESS) -> None:
        """Read the prompts one by one; none is kept as an object.

        Args:
            prompts: the known ones, in any number.
            likeness: share of common words, above 0 and at most 1, that makes a near-duplicate.
        """
        self._likeness = likeness
        # Flat, since a million sets or texts as objects would take a gigabyte.
        self._words, self._word_ends = array("I"), array("Q", [0])
        self._shown, self._shown_ends = bytearray(), array("Q", [0])
        self._index: dict[int, array[int]] = {}
        stream = iter(prompts)
        first = list(islice(stream, SAMPLE))
        # Counted once and never again: the index holds only while the order of words stays.
        self._uses = Counter(chain.from_iterable(map(_hash_words, first)))
        for prompt in chain(first, stream):
            self.add(prompt)

    def __len__(self) -> int:
        """Return how many are known."""
        return len(self._shown_ends) - 1

    def add(self, prompt: str) -> None:
        """Know one more."""
        words, number = _hash_words(prompt), len(self)
        for word in self._rarest(words):
            self._index.setdefault(word, array("I")).append(number)
        self._words.extend(words)
        self._word_ends.append(len(self._words))
        self._shown += prompt[:MAX_SHOWN].encode("utf-8", "surrogatepass")
        self._shown_ends.append(len(self._shown))

    def is_like(self, prompt: str) -> str | None:
        """Return the beginning of the known prompt most like this one; None: it is new."""
        words = _hash_words(prompt)
        nearest, best = -1, self._likeness - 1e-9
        numbers = {n for word in self._rarest(words) for n in self._index.get(word, ())}
        for number in sorted(numbers):
            found = self._compare(words, number, best)
            if found > best:
                nearest, best = number, found
            if best == 1.0:
                break
        if nearest < 0:
            return None
        begin, end = self._shown_ends[nearest], self._shown_ends[nearest + 1]
        return self._shown[begin:end].decode("utf-8", "surrogatepass")

    def _compare(self, words: frozenset[int], number: int, least: float) -> float:
        begin, end = self._word_ends[number], self._word_ends[number + 1]
        mine, other = len(words), end - begin
        if min(mine, other) < least * max(mine, other):
            return 0.0  # too unlike in length, whatever they are
        common = len(words.intersection(self._words[begin:end]))
        replaced = min(mine, other) - common
        return common / (mine + other - common + REPLACED * replaced)

    def _rarest(self, words: frozenset[int]) -> list[int]:
        """Return so many of the rarest words that anything alike has one of them too."""
        many = len(words) - math.ceil(self._likeness * len(words) - 1e-9) + 1
        return sorted(words, key=lambda word: (self._uses[word], word))[:many]


def _hash_words(prompt: str) -> frozenset[int]:
    """Return the telling words in 32 bits each: at least one, and at most `MAX_WORDS`."""
    hashes = {crc32(word.encode("utf-8", "surrogatepass")) for word in telling_words(prompt)}
    # The lowest hashes are as good as drawn by lot, and the same for the same words.
    return frozenset(hashes if len(hashes) <= MAX_WORDS else sorted(hashes)[:MAX_WORDS])


def telling_words(prompt: str) -> set[str]:
    """Return the words of a prompt that tell it from others; one that has none is its own word."""
    folded = prompt.casefold()
    found = _ASCII.findall(folded) if folded.isascii() else _split(folded)
    return {_singular(word) for word in found if word not in _SILENT} or set(found) or {folded}


def _singular(word: str) -> str:
    """Return the word without the s that makes a plural in English, French, Spanish, Portuguese."""
    return word[:-1] if len(word) > 3 and word[-1] == "s" else word


def _split(folded: str) -> list[str]:
    """Return the words of any writing."""
    # Taken apart, the accents can go; put together, Hangul is one character a syllable again.
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
    text = unicodedata.normalize("NFKC", bare).translate(_SPACING)
    words: list[str] = []
    for run in _RUN.finditer(text):
        if run["pairs"]:
            words += chain.from_iterable(map(_pair, _LINKS.split(run[0])))
        elif not run["kana"] or len(run[0]) > 2:  # shorter ones are particles and endings
            words.append(run[0])
    return words or text.split()


def _pair(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(max(len(run) - 1, min(len(run), 1)))]


class _Spacing(dict[int, str]):
    """What becomes of a character: letters, marks and digits stay, symbols stand alone."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        if category == "Cf" or (category == "Mn" and not 0x900 <= code < 0xFE00):
            kept = ""  # joiners, variants of emoji, and vowels that Hebrew and Arabic may leave out
        elif category == "So":
            kept = f" {chr(code)} "
        else:
            kept = chr(code) if category[0] in "LMN" else " "
        self[code] = kept
        return kept


_SPACING = _Spacing()
