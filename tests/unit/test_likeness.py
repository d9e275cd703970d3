"""promptpress.likeness: which prompts say again what an earlier one said."""

from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptpress.likeness import LIKENESS, MAX_SHOWN, REPLACED, KnownPrompts, telling_words

FOX = "a red fox in snow"
LONG = (
    "A punk rock squirrel in a studded leather jacket shouting into a microphone while standing "
    "on a stump at night"
)
ALIKE = {
    "letter case": (FOX, "A RED Fox in Snow"),
    "punctuation": (FOX, "a red fox, in snow!"),
    "articles": (FOX, "red fox in the snow"),
    "word order": (FOX, "in snow, a red fox"),
    "boost": (FOX, "Red fox in the snow, 4k, highly detailed"),
    "kind of picture": (FOX, "photo of a red fox in snow"),
    "plural": (FOX, "red foxs in snow"),
    "repetition": (FOX, "a red, red fox in snow"),
    "an adjective more": (FOX, "a small red fox in snow"),
    "an adjective less": ("a small red fox in snow", FOX),
    "other spaces": (FOX, "a\u00a0red\tfox\n\nin snow"),
    "accents": ("Salvador Dalí in a café", "salvador dali in a cafe"),
    "full width": (FOX, "ａ ｒｅｄ ｆｏｘ in snow"),
    "one word of many": (LONG, LONG.replace("stump", "boulder")),
    "German": ("Ein roter Fuchs im Schnee", "roter Fuchs, Schnee"),
    "Russian": ("Ещё рыжая лиса в снегу", "рыжая лиса, снегу, еще"),
    "Chinese": ("雪中的红狐狸", "红狐狸在雪中，4K"),
    "Japanese": ("雪の中の赤い狐", "赤い狐、雪の中"),
    "Korean particle": ("빨간 여우가 눈 속에 있다", "빨간 여우 눈 속에 있다"),
    "Thai": ("สุนัขจิ้งจอกสีแดง", "สุนัขจิ้งจอก สีแดง"),
    "Hindi": ("बर्फ में लाल लोमड़ी", "लाल लोमड़ी, बर्फ में"),
    "Arabic vowels": ("ثَعْلَب أحمر", "ثعلب أحمر"),
    "emoji": ("🦊❄️", "❄ 🦊"),
    "signs only": ("?!", "?!"),
    "silent words only": ("On the", "the on"),
}
UNLIKE = {
    "colour": (FOX, "a blue fox in snow"),
    "animal": (FOX, "a red wolf in snow"),
    "place": ("Downtown Seattle at sunrise, ink wash", "Downtown LA at sunrise, ink wash"),
    "number": ("3 cats", "4 cats"),
    "of two words": ("a fox", "a red fox"),
    "two of many": (LONG, LONG.replace("stump", "boulder").replace("squirrel", "frog")),
    "Russian": ("рыжая лиса в снегу", "синяя лиса в снегу"),
    "Chinese": ("雪中的红狐狸", "雪中的蓝狐狸"),
    "Chinese, long": ("一只红色的狐狸在雪地里奔跑", "一只蓝色的狐狸在雪地里奔跑"),
    "Japanese": ("雪の中の赤い狐", "雪の中の青い猫"),
    "Korean": ("빨간 여우", "파란 여우"),
    "vowels of Hindi": ("काला", "कोली"),
    "emoji": ("🦊❄️", "🦊🔥"),
    "signs only": ("?!", "!!!"),
    "nothing": ("", "a fox"),
}


@pytest.mark.parametrize(("old", "new"), ALIKE.values(), ids=ALIKE.keys())
def test_the_same_in_other_words(old: str, new: str) -> None:
    """A rewording is found, and what it is like is named; either may come first."""
    assert KnownPrompts(["something else", old]).is_like(new) == old
    assert KnownPrompts([new]).is_like(old) == new


@pytest.mark.parametrize(("old", "new"), UNLIKE.values(), ids=UNLIKE.keys())
def test_another_picture(old: str, new: str) -> None:
    """Where a telling word stands in another's place, a prompt is new."""
    assert KnownPrompts([old]).is_like(new) is None
    assert KnownPrompts([new]).is_like(old) is None


def test_nothing_is_like_anything_where_nothing_is_known() -> None:
    """The first prompt of all is new."""
    assert KnownPrompts().is_like(FOX) is None
    assert len(KnownPrompts()) == 0


def test_the_most_alike_is_named() -> None:
    """Of several that are alike the nearest is told, and of equals the first."""
    known = KnownPrompts(["a small red fox in snow", "the red fox, snow", "red fox in snow"])

    assert known.is_like(FOX) == "the red fox, snow"
    assert known.is_like("a red fox in deep snow") == "the red fox, snow"


def test_what_is_added_later_counts() -> None:
    """A prompt that was taken on is known from then on."""
    known = KnownPrompts(["a blue whale"])
    known.add(FOX)

    assert known.is_like("red fox, snow") == FOX
    assert len(known) == 2


def test_prompts_come_one_by_one() -> None:
    """Any stream will do, and those after the sample are known as well."""
    known = KnownPrompts(f"a robot of kind{number} paints" for number in range(10_050))

    assert len(known) == 10_050
    assert known.is_like("Robot of kind10049, paints") == "a robot of kind10049 paints"
    assert known.is_like("a robot of kind10050 paints") is None


def test_of_a_long_prompt_the_beginning_is_shown() -> None:
    """What is kept to be shown is bounded; likeness still looks at the whole."""
    start = "once upon a time " * 30
    known = KnownPrompts([start + " ".join(f"ending{n}" for n in range(20))])

    assert known.is_like(start + "another way it went") is None
    found = known.is_like(start + " ".join(f"ending{n}" for n in reversed(range(20))))
    assert found == start[:MAX_SHOWN]


def test_of_a_very_long_prompt_a_sample_counts() -> None:
    """However many words there are, a few more change nothing and others do."""
    words = [f"word{number}" for number in range(1_000)]
    known = KnownPrompts([" ".join(words)])

    assert known.is_like(" ".join([*reversed(words), "and", "some", "more"]))
    assert known.is_like(" ".join(words[:300] + [f"else{number}" for number in range(700)])) is None


NAMES = ("fox", "wolf", "snow", "lake", "red", "blue", "night", "moon", "boat", "tree")
WORDS = st.lists(st.sampled_from(NAMES))


def alike(one: set[str], other: set[str]) -> float:
    common = len(one & other)
    replaced = min(len(one), len(other)) - common
    return common / (len(one | other) + REPLACED * replaced)


@given(prompts=st.lists(WORDS.map(" ".join), max_size=12), new=WORDS.map(" ".join))
def test_the_index_misses_nothing(prompts: list[str], new: str) -> None:
    """What is found is what a comparison with every single prompt finds."""
    found = KnownPrompts(prompts).is_like(new)

    words = telling_words(new)
    best = max((alike(words, telling_words(prompt)) for prompt in prompts), default=0.0)
    assert (found is not None) == (best >= LIKENESS)
    assert found is None or alike(words, telling_words(found)) == best


ANY_TEXT = st.text(st.characters(), max_size=60)
"""Halves of surrogate pairs among it: json.loads makes such texts."""


@given(prompts=st.lists(ANY_TEXT, max_size=5), new=ANY_TEXT)
@example(prompts=["\ud800"], new="\udfff")
def test_any_text_is_like_itself(prompts: list[str], new: str) -> None:
    """Nothing that anybody writes raises, and what is known is found again."""
    known = KnownPrompts(prompts)

    for prompt in prompts:
        assert known.is_like(prompt) is not None
    known.add(new)
    assert known.is_like(new) is not None


@given(texts=st.lists(ANY_TEXT, min_size=2, max_size=2))
def test_likeness_is_mutual(texts: list[str]) -> None:
    """If one is like the other, the other is like the one."""
    answers = {
        KnownPrompts([old]).is_like(new) is None
        for old, new in [texts, list(reversed(texts))]
    }  # fmt: skip

    assert len(answers) == 1


def test_likeness_can_be_set() -> None:
    """With 1 only the same words are the same prompt; with less, fewer suffice."""
    other = "a small red fox in snow"
    strict, loose = (KnownPrompts([FOX], likeness=share) for share in (1.0, 0.5))

    assert strict.is_like(other) is None
    assert strict.is_like("snow, red fox") == FOX
    assert loose.is_like("a fox in snow") == FOX


def test_one_word_of_any_three_is_a_rewording() -> None:
    """From three telling words on one more is near, below that it is not."""
    words = ["fox", "wolf", "snow", "lake"]
    for count in (1, 2, 3):
        for chosen in combinations(words, count):
            found = KnownPrompts([" ".join(chosen)]).is_like(" ".join([*chosen, "moon"]))
            assert (found is None) == (count < 3)


@pytest.mark.parametrize(("count", "near"), [(12, False), (13, True)])
def test_a_word_in_anothers_place_counts_twice(count: int, near: bool) -> None:
    """Only in a long prompt may one telling word be another."""
    words = [f"word{number}x" for number in range(count)]

    found = KnownPrompts([" ".join(words)]).is_like(" ".join([*words[1:], "zebra"]))

    assert (found is not None) == near
