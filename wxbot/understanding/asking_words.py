"""Words that ask, wherever they stand in a sentence: grammar, not a list that a clinic would change."""

ASKING_WORDS = (
    *("怎么", "什么", "多少", "几点", "几天", "几次", "几号", "多久", "为什么"),
    *("能不能", "可不可以", "会不会", "要不要", "有没有", "是不是"),
)
