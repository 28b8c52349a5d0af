#!/usr/bin/env python3
"""Makes corpora of attribute-conditioned SFT records (the JSON Lines of NVIDIA NeMo-Aligner's SteerLM), and of
records in the form of published data sets.

Published data sets are too small to time a converter with, and may not be copied into this repository. These
corpora are as large as wanted, resemble the published ones in what costs a converter time (lengths of lines,
escapes, scripts, labelled turns, members that are not used), and can be made again anywhere: a kind, a seed and a
size give the same bytes on every Python from 3.8 on, and a smaller corpus is the beginning of a larger one.

Kinds of SFT records:
  helpsteer  one question, one labelled answer: English prose, markdown and code, an escape about every 40 bytes
  oasst      2 to 8 turns in eight languages, raw UTF-8; answers labelled, now and then with "" or null
  annotated  the same records as oasst, spelled in ASCII (json.dumps with ensure_ascii)
  long       40 labelled turns, short ones first and long ones last: the rows are near ten times the input

Kinds of published records, with all their members:
  helpsteer-published  HelpSteer2: two responses to each prompt, one after the other; earlier turns are embedded in
                       three prompts of ten
  neighbours           HelpSteer2 records with one to nine responses to a prompt, mostly two
  preference           HelpSteer2-Preference: two responses in a record, with the annotators' words on them
  helpsteer3           HelpSteer3: contexts of one to seven messages; one record of five is not English
  trees                OpenAssistant trees of up to some hundred messages in eight languages
"""

import argparse
import json
import os
import random
import re
import sys
from collections import namedtuple

SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
RECORD = '{"conversations": [%s], "system": "' + SYSTEM + '", "mask": "User", "type": "VALUE_TO_TEXT"}\n'
TURN = '{"value": "%s", "from": "%s", "label": %s}'
BLANK_LINE = r"\n\n"  # as JSON spells it: texts are joined after they are escaped

HELPSTEER_ATTRIBUTES = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"]
OASST_ATTRIBUTES = ["quality", "toxicity", "humor", "creativity"]
OASST_LANGUAGES = "en en en en es es de fr ru zh ja ar".split()  # as often as they stand here
LABELS, REMARKS, QUESTIONS, SENTENCES, BLOCKS = 1000, 200, 400, 400, 1500  # in the pools, for each language
LONGEST_BLOCK = 410  # bytes of UTF-8
OASST_MOST_BLOCKS = 6  # values of up to 2500 bytes, with the blank lines
HELPSTEER_MOST_BLOCKS = 40  # lines of up to 12 KB
# A row holds its turn and all turns before, so turn i of 40 is written 41-i times. For rows of 9.5 to 10 times
# the input, turns of one length would have to be as short as 40 bytes. With the long ones last, lines of 12 KB do.
# HelpSteer2's prompts have about 700 characters and its responses about 1,500; HelpSteer3's about 2,000.
PROMPT_MOST_BLOCKS, RESPONSE_MOST_BLOCKS, HELPSTEER3_MOST_BLOCKS = 4, 13, 17
EMBEDDED_IN_TEN, MOST_EMBEDDED = 3, 3  # prompts of ten, and turns of the assistant in them
GROUPS = [2] * 14 + [1, 3, 3, 4, 4, 9]  # responses to a prompt, as often as they stand here
HELPSTEER3_IN_TEN = "general general general general code code stem stem multilingual multilingual".split()
TREE_MOST_MESSAGES, TREE_MOST_REPLIES = 300, 4
TREE_LABELS = "spam fails_task lang_mismatch pii not_appropriate hate_speech sexual_content".split()
TREE_LABELS += "quality toxicity humor helpfulness creativity violence".split()
DETOXIFY = "toxicity severe_toxicity obscene identity_attack insult threat sexual_explicit".split()
LONG_REMARKS, LONG_SENTENCES, LONG_BLOCKS, LONG_PAIRS = 8, 11, 15, 6  # turns of a remark, ..., a pair of blocks

# The texts. `@topic` stands for one of the words of that name, the same one throughout a block, and `@n` for a
# number. A sentence ends at its punctuation and white space, so the emoji stand before the full stops.
Language = namedtuple("Language", "between words questions sentences")


def language(between, words, questions, sentences):
    """Splits the texts of a language into sentences, and its words at "|"; `between` stands between sentences."""
    end = re.compile(r"(?<=[.!?。！？؟])\s+")
    words = {slot: choices.split("|") for slot, choices in words.items()}
    split = [[" ".join(s.split()) for s in end.split(text.strip())] for text in (questions, sentences)]
    return Language(between, words, *split)


LANGUAGES = {
    "en": language(" ", {
        "topic": "bread baking|container gardening|unit testing|household budgeting|bird watching|data cleaning|"
                 "technical writing|bicycle repair|beekeeping|database tuning|watercolour painting|local history",
        "name": "Amara|Benedikt|Chloe|Dmitri|Esther|Farid|Grace|Hiro|Imogen|Jonas|Keiko|Laszlo|Maren|Nadia",
        "place": "Lisbon|Nairobi|Oslo|Toronto|Osaka|Lima|Galway|Tallinn|Adelaide|Leipzig|Pune|Valparaiso",
        "tool": "a notebook|a spreadsheet|a kitchen scale|a shell script|a checklist|a timer|a test suite",
        "thing": "orders|users|sensors|invoices|books|routes|recipes|tickets|players|parcels|photos|votes",
    }, """
        Where should I begin with @topic if I have only @n minutes a week? Can you write a plan for @topic that costs
        less than @n euros? My friend @name wants to learn @topic in @n days, is that realistic? Please summarise the
        most common mistakes in @topic, in at most @n words. How would you explain @topic to @n pupils in @place?
        Write a short story about @name, who has @n neighbours and "no time" for @topic. I read that "@n hours of
        practice" are enough for @topic; is there any evidence? Why does my script print "error @n" when the file
        @thing.csv is empty? How do I split @n lines of text at tabs without losing the "quoted" parts?
    """, """
        There is no single "right" way to learn @topic, but a few habits pay off early. Most beginners spend too much
        on equipment and too little on practice. Start with @tool and add to it only when it gets in your way. @name
        in @place keeps a log of every attempt, and that log is worth more than any course. As a rule of thumb, plan
        for about @n hours before the results look the way you want. It's easy to confuse *progress* with *activity*,
        so write down what you expect before you begin. If something goes wrong, change one thing at a time and
        compare. **Safety comes first**: read the instructions, and keep children and pets away. A cheap version of
        @tool does the job for the first @n weeks. I'd suggest asking @name for advice, since local conditions matter
        more than theory. The evidence is mixed: one survey of @n people found no difference at all. What works in
        @place may well fail elsewhere, so treat these numbers as a starting point. Keep the `@thing` folder under
        version control, and commit before each experiment. Many call this "@topic for the impatient", and they're
        only half joking. The cost depends on the season, the supplier, and how much of the work you do yourself.
        "Measure twice, cut once," as @name likes to say. A short break every @n minutes helps more than you'd think.
        To be honest, nobody gets it right on the first day (and that's fine). It is worth checking the opening
        hours, as many places in @place close on Mondays. The main trade-off is between speed and quality, and @tool
        shifts it slightly. Please note that I can’t verify these figures, so consult a professional before you rely
        on them. Use a column called `@thing_id` rather than the row number. Let me know if you'd like more detail!
    """),
    "es": language(" ", {
        "topic": "fotografía|jardinería|repostería|programación|cerámica|contabilidad|acuarela|carpintería",
        "name": "Lucía|Mateo|Inés|Álvaro|Begoña|Íñigo", "place": "Málaga|Bogotá|Córdoba|Asunción|León|Mérida",
    }, """
        ¿Cómo empiezo con la @topic si solo tengo @n minutos al día? ¿Cuánto cuesta vivir en @place con @n euros al
        mes? Escríbeme un cuento de @n palabras sobre @name y la @topic. ¿Qué se puede ver en @place en @n horas?
    """, """
        La @topic se aprende mejor poco a poco, con ejercicios breves y frecuentes. En @place hay talleres gratuitos
        donde se puede preguntar sin vergüenza. @name empezó sin experiencia y, al cabo de un año, ya daba clases. Lo
        más difícil no es la técnica, sino la paciencia. ¿Por qué no pruebas primero con algo pequeño? Conviene
        apuntar cada día qué salió bien y qué salió mal. El precio medio en @place ronda los @n euros, aunque varía
        según la temporada. Como dice @name, «quien no se equivoca, no avanza». Si algo no funciona, cambia una sola
        cosa a la vez. ¡Ánimo, el comienzo siempre es lo más duro 💪! Me parece una idea estupenda 🙂.
    """),
    "de": language(" ", {
        "topic": "Fotografie|Gartenarbeit|Buchhaltung|Programmierung|Töpferei|Imkerei|Kräuterkunde|Schneiderei",
        "name": "Jörg|Käthe|Björn|Änne|Sören|Günther", "place": "Köln|Zürich|Göttingen|Lübeck|Weißenfels|Münster",
    }, """
        Wie fange ich mit der @topic an, wenn ich nur @n Minuten am Tag Zeit habe? Was kostet eine Woche in @place
        für @n Personen? Schreib mir bitte ein Gedicht über @name mit höchstens @n Wörtern. Kannst du mir die @topic
        so erklären, dass es @n Schüler verstehen?
    """, """
        Für den Anfang genügt ein einfaches Heft, in dem man jeden Versuch festhält. Die @topic braucht vor allem
        Geduld und regelmäßige Übung. In @place gibt es Kurse, die höchstens @n Euro kosten. @name hat früher
        dieselben Fehler gemacht und lacht heute darüber. Außerdem sollte man nie zwei Dinge gleichzeitig ändern.
        „Übung macht den Meister“, sagt @name gern. Das größte Missverständnis ist, dass teures Werkzeug die Arbeit
        erleichtert. Nach etwa @n Stunden sieht man die ersten Erfolge. Wer in @place wohnt, kann sich die Geräte
        auch ausleihen. Ganz ehrlich: Beim ersten Mal klappt es bei niemandem 😅. Viel Spaß und gutes Gelingen!
    """),
    "fr": language(" ", {
        "topic": "cuisine|photographie|poterie|programmation|couture|randonnée|comptabilité|menuiserie",
        "name": "Zoé|Jérôme|Anaïs|François|Maël|Hélène", "place": "Besançon|Orléans|Nîmes|Genève|Liège|Québec",
    }, """
        Par où commencer avec la @topic quand on n'a que @n minutes par jour ? Combien coûte un séjour à @place pour
        @n personnes ? Écris-moi une histoire de @n mots où @name découvre la @topic. Que répondre à @name, qui a
        reçu @n messages depuis hier ?
    """, """
        La @topic s'apprend peu à peu, à force d'essais et d'erreurs. À @place, plusieurs ateliers accueillent les
        débutants le samedi. @name a commencé il y a @n mois et ne s'arrête plus. Le plus important, c'est de noter
        ce qui a marché et ce qui a échoué. Comme le dit @name, « mieux vaut tard que jamais ». Ça dépend évidemment
        du budget, mais @n euros suffisent pour débuter. N'achetez pas tout de suite le matériel le plus cher. Grâce
        à la @topic, on rencontre aussi des gens formidables 😊. Dès que la base est acquise, le reste vient
        naturellement. Où que vous soyez, une bibliothèque pourra vous aider. Bon courage, et tenez-moi au courant !
    """),
    "ru": language(" ", {
        "topic": "садоводство|фотография|программирование|кулинария|шахматы|история края|рисование",
        "name": "Ольга|Анастасия|Юлия|Екатерина|Алёна|Софья", "place": "Казань|Томск|Ярославль|Псков|Тверь|Омск",
    }, """
        С чего начать тему «@topic», если есть только @n минут в день? Сколько стоит поездка в город @place на @n
        человек? Напиши рассказ на @n слов, в котором @name едет в отпуск. Почему программа выдаёт ошибку @n?
    """, """
        Лучше всего начинать с малого и заниматься каждый день. Тема «@topic» кажется сложной только в первые недели.
        В городе @place есть бесплатные кружки для начинающих. @name тоже когда-то начинала с нуля. Записывайте, что
        получилось, а что нет. Обычно на это уходит около @n часов, но всё зависит от опыта. Как говорится, «тише
        едешь — дальше будешь». Если что-то не работает, меняйте только одну вещь за раз. Честно говоря, с первого
        раза не получается ни у кого 🙂. Подробнее об этом можно прочитать в районной библиотеке. Удачи,
        и не торопитесь!
    """),
    "zh": language("", {
        "topic": "摄影|园艺|烘焙|编程|书法|围棋|陶艺|记账|登山",
        "name": "小林|王芳|李明|陈静|张伟|老周|阿美", "place": "杭州|成都|西安|昆明|台北|青岛|苏州",
    }, """
        我每天只有@n分钟，应该怎么开始学习@topic？ 请用不超过@n个字介绍一下@place的历史。 @name想在@n天内学会@topic，现实吗？
        带@n元去@place旅游够不够？ 为什么程序运行到第@n行就报错？
    """, """
        学习@topic最重要的是每天坚持，而不是一次学很久。 刚开始的时候，不需要买太贵的工具。 @place有很多免费的课程，周末也开放。
        @name用了大约@n个小时才看到明显的进步。 俗话说：“万事开头难”。 建议你把每次的结果都记录下来，方便以后比较。
        如果出了问题，一次只改变一个地方。 一般来说，@n元左右的预算就足够了。 当然，这也取决于季节和天气。
        不要着急，慢慢来，你会越来越喜欢@topic😊。 图书馆里有不少关于@topic的好书，值得一读。 最后，别忘了休息！
    """),
    "ja": language("", {
        "topic": "写真|園芸|料理|プログラミング|書道|将棋|陶芸|家計簿|登山",
        "name": "佐藤さん|ユキさん|健太さん|山田さん|葵さん|リサさん", "place": "京都|札幌|金沢|長崎|仙台|松山|高知",
    }, """
        一日に@n分しかないのですが、@topicは何から始めればいいですか？ @placeの見どころを@n字以内で教えてください。
        予算@n円で@placeに旅行できますか？ @n人の子どもたちにも分かるように、@topicについて説明してください。
    """, """
        @topicは、少しずつ毎日続けることが大切です。 最初から高い道具を買う必要はありません。
        @placeには初心者向けの教室がたくさんあります。 @nameも、最初の@n時間は失敗ばかりだったそうです。
        「石の上にも三年」ということわざもあります。 問題が起きたら、一度に一つだけ変えてみてください。
        費用はだいたい@n円くらいですが、季節によって変わります。 @placeの図書館には、@topicに関する本がそろっています。
        慣れてくると、自然に楽しくなりますよ😊。 無理をせず、@n分ごとに休憩を取ってください。 お気軽にお尋ねください！
    """),
    "ar": language(" ", {
        "topic": "البرمجة|الزراعة المنزلية|الكتابة|الخياطة|المحاسبة|الترجمة",
        "name": "ليلى|سارة|مريم|هدى|فاطمة", "place": "القاهرة|عمّان|مسقط|تونس|الرباط|بيروت",
    }, """
        كيف أبدأ في تعلم @topic إذا كان لدي @n دقيقة فقط في اليوم؟ كم تكلفة السفر إلى @place لمدة @n يوما؟
        اكتب لي قصة قصيرة من @n كلمة عن @name. ماذا أزور في @place خلال @n ساعة؟
    """, """
        أفضل طريقة لتعلم @topic هي التدرب قليلا كل يوم. لا تحتاج إلى شراء أدوات غالية في البداية. توجد في @place دورات
        مجانية للمبتدئين. بدأت @name من الصفر، وبعد @n شهرا أصبحت تعلّم غيرها. كما يقول المثل، «من جدّ وجد». إذا حدثت
        مشكلة، غيّر شيئا واحدا في كل مرة. التكلفة نحو @n دينارا، لكنها تختلف حسب الموسم. لا تستعجل النتائج، فالصبر
        مفتاح الفرج 🌿. وأخيرا، لا تنس أن تأخذ قسطا من الراحة!
    """),
}
SHORT_REMARKS = [
    "Go on, please.", "Yes, @name said so too.", "And after that?", "That worked!", "What about @place?", "Why @n?",
    "Then I take @tool.", "Because of @topic.", "Thanks, got it.", 'Is "@thing" the right name?', "Nearly there.",
]
HEADINGS = ["## Getting started with @topic", "### Common mistakes", "## Why @tool?", "### Step @n", "# @topic: FAQ"]
TABLES = [
    ["| When | What | Minutes |", "|------|------|--------:|", "| day @n | @topic | @n5 |"],
    ["| Name | Place | Needs | Score |", "|---|---|---|---|", "| @name | @place | @tool | @n% |"],
]
CODE = re.findall("```.*?\n```", r'''
```python
def load_@thing(path):
    """Returns the @thing of a tab-separated file."""
    with open(path, encoding="utf-8", newline="") as lines:
        return [row for row in csv.reader(lines, delimiter="\t") if row and row[0] != "@n"]

print(f"{len(load_@thing('data/@thing-@n.tsv'))} @thing")
```
```python
QUOTED = re.compile(r"\"([^\"\\]|\\.)*\"")

def clean(text):
    # @name: keep line breaks, drop the rest
    return re.sub(r"[ \t]+\n", "\n", QUOTED.sub('""', text)).strip()

assert clean("a \"@thing\"  \n") == 'a ""'
```
```json
{
  "name": "@thing",
  "path": "C:\\data\\@thing\\@n.csv",
  "columns": ["id", "@thing", "total"],
  "note": "made by \"@name\" in @place"
}
```
```c
/* Prints one line for each of the @thing. */
static int show(const char *name, double total)
{
→if (total < @n.5) {
→→fprintf(stderr, "skipped \"%s\"\n", name);
→→return 0;
→}
→return printf("%s\t%.2f\n", name, total);
}
```
```bash
for file in "$HOME"/@thing/*.csv; do
→rows=$(tail -n +2 "$file" | wc -l)
→printf '%s\t%d\n' "${file##*/}" "$rows"
done | sort -k2,2nr | head -n @n > "@thing.txt"
grep -cE "^\"?@thing\.[a-z]+\"?\s" "@thing.txt" || echo "none in \"@place\""
```
'''.replace("→", "\t"), re.DOTALL)

Pool = namedtuple("Pool", "questions sentences blocks")


class Maker:
    """Makes the parts of records. Texts are filled and escaped once, in pools; a record only joins them."""

    def __init__(self, seed, ensure_ascii):
        # The one method that gives the same numbers on all versions: choice() and shuffle() have changed.
        self.random = random.Random(seed).random
        self.encode = json.JSONEncoder(ensure_ascii=ensure_ascii).encode

    def below(self, n):
        return int(self.random() * n)

    def pick(self, items):
        return items[int(self.random() * len(items))]

    def fill(self, words, text, number=None):
        """`text` with its slots filled; the same slot gets the same word."""
        chosen = {slot: self.pick(choices) for slot, choices in words.items()}
        chosen["n"] = number or str(2 + self.below(98))
        return re.sub("@([a-z]+)", lambda match: chosen[match.group(1)], text)

    def block(self, lang):
        """A paragraph, list, table or code: what stands between two blank lines."""
        left = list(lang.sentences)
        sentences = [left.pop(self.below(len(left))) for _ in range(2 + self.below(3))]
        text = lang.between.join(sentences)
        percent = self.below(100)
        if percent < 15:
            text = "\n".join("- " + sentence for sentence in sentences)
        elif percent < 20:
            text = "\n".join("%d. %s" % item for item in enumerate(sentences, 1))
        elif lang is not LANGUAGES["en"]:
            pass
        elif percent < 28:
            text = self.pick(HEADINGS) + "\n\n" + text
        elif percent < 36:
            head, rule, row = self.pick(TABLES)
            text = "\n".join([head, rule] + [self.fill(lang.words, row) for _ in range(2 + self.below(5))])
        elif percent < 49:
            text = self.pick(CODE)
        text = self.fill(lang.words, text)
        return text if len(text.encode()) <= LONGEST_BLOCK else self.block(lang)

    def spelled(self, lang, texts, count, number=None):
        """`count` of the texts, filled, as they stand between the quotes of a JSON string."""
        return [self.encode(self.fill(lang.words, self.pick(texts), number))[1:-1] for _ in range(count)]

    def pool(self, name):
        lang = LANGUAGES[name]
        questions = self.spelled(lang, lang.questions, QUESTIONS, number="@n")
        sentences = self.spelled(lang, lang.sentences, SENTENCES)
        return Pool(questions, sentences, [self.encode(self.block(lang))[1:-1] for _ in range(BLOCKS)])

    def labels(self, attributes, most_left_out=0):
        """Labels as JSON strings. Good scores are the more frequent; up to `most_left_out` attributes are left out."""

        def score(attribute):
            return (min if attribute == "toxicity" else max)(self.below(5), self.below(5))

        labels = []
        for _ in range(LABELS):
            named = list(attributes)
            for _ in range(self.below(1 + most_left_out)):
                named.pop(self.below(len(named)))
            labels.append('"%s"' % ",".join("%s:%d" % (a, score(a)) for a in named))
        return labels

    def question(self, pool):
        """A question of the pool with a number of its own."""
        return self.pick(pool.questions).replace("@n", str(2 + self.below(998)))


def record(turns):
    return RECORD % ", ".join([TURN % turn for turn in turns])


def helpsteer(maker):
    pool, labels = maker.pool("en"), maker.labels(HELPSTEER_ATTRIBUTES)
    while True:
        question = [maker.question(pool)]
        if maker.below(4) == 0:
            question.append(maker.pick(pool.blocks))
        # A product of draws: most answers are short, a few very long.
        count = int(HELPSTEER_MOST_BLOCKS * maker.random() * maker.random())
        answer = [maker.pick(pool.sentences)] + [maker.pick(pool.blocks) for _ in range(count)]
        label = maker.pick(labels)
        yield record([(BLANK_LINE.join(question), "User", "null"), (BLANK_LINE.join(answer), "Assistant", label)])


def oasst(maker):
    pools = {name: maker.pool(name) for name in LANGUAGES}
    labels = maker.labels(OASST_ATTRIBUTES, most_left_out=3) + ['""', "null"] * (LABELS // 40)
    while True:
        pool = pools[maker.pick(OASST_LANGUAGES)]
        turns = []
        for i in range(2 + maker.below(7)):
            if i % 2 == 0:
                text, speaker, label = maker.question(pool), "User", "null"
            else:
                blocks = [maker.pick(pool.blocks) for _ in range(maker.below(1 + OASST_MOST_BLOCKS))]
                text = BLANK_LINE.join(blocks) or maker.pick(pool.sentences)
                speaker, label = "Assistant", maker.pick(labels)
            turns.append((text, speaker, label))
        yield record(turns)


def long(maker):
    pool, labels = maker.pool("en"), maker.labels(HELPSTEER_ATTRIBUTES)
    remarks = maker.spelled(LANGUAGES["en"], SHORT_REMARKS, REMARKS)
    pairs = [BLANK_LINE.join(pair) for pair in zip(pool.blocks, pool.blocks[1:])]
    texts = [remarks] * LONG_REMARKS + [pool.sentences] * LONG_SENTENCES
    texts += [pool.blocks] * LONG_BLOCKS + [pairs] * LONG_PAIRS
    while True:
        turns = []
        for i, choices in enumerate(texts):
            asks = i % 2 == 0 and choices is pool.sentences
            text = maker.question(pool) if asks else maker.pick(choices)
            turns.append((text, "Assistant" if i % 2 else "User", maker.pick(labels)))
        yield record(turns)


def blocks(maker, pool, most):
    """A text of up to this many blocks: about half of it on average."""
    return BLANK_LINE.join([maker.pick(pool.blocks) for _ in range(1 + maker.below(most))])


def prompt(maker, pool):
    """A prompt of HelpSteer2's, in which the earlier turns of its conversation may be embedded."""
    turns = [maker.question(pool)]
    if maker.below(2) == 0:
        turns[0] += BLANK_LINE + blocks(maker, pool, PROMPT_MOST_BLOCKS)
    if maker.below(10) < EMBEDDED_IN_TEN:
        for _ in range(1 + maker.below(MOST_EMBEDDED)):
            turns.append(r"\n<extra_id_1>Assistant\n" + blocks(maker, pool, RESPONSE_MOST_BLOCKS // 3))
            turns.append(r"\n<extra_id_1>User\n" + maker.question(pool))
    return "".join(turns)


def rated(maker, groups):
    """Records of HelpSteer2, with as many responses to a prompt as one of the groups has."""
    pool, scores = maker.pool("en"), []
    for _ in range(LABELS):
        given = [(name, max(maker.below(5), maker.below(5))) for name in HELPSTEER_ATTRIBUTES]
        scores.append(", ".join('"%s": %d' % one for one in given))
    while True:
        asked = prompt(maker, pool)
        for _ in range(maker.pick(groups)):
            answer = blocks(maker, pool, RESPONSE_MOST_BLOCKS)
            yield '{"prompt": "%s", "response": "%s", %s}\n' % (asked, answer, maker.pick(scores))


def helpsteer_published(maker):
    return rated(maker, [2])


def neighbours(maker):
    return rated(maker, GROUPS)


def strengths():
    """Strengths of preferences, as often as they stand here."""
    return [-3, -2, -2, -1, -1, -1, 0, 1, 1, 1, 2, 2, 3]


def preference(maker):
    pool = maker.pool("en")

    def words():
        better = 1 + maker.below(2)
        statement = "@Response %d is better than @Response %d because: %s" % (
            better, 3 - better, maker.pick(pool.sentences))
        elaboration = " ".join([maker.pick(pool.sentences) for _ in range(1 + maker.below(4))])
        return statement, elaboration

    def opinion():
        return '{"statement": "%s", "elaboration": "%s", "strength": %d}' % (*words(), maker.pick(strengths()))

    while True:
        opinions = [opinion() for _ in range(3 + maker.below(3))]
        yield (
            '{"split": "%s", "prompt": "%s", "response_1": "%s", "response_2": "%s", "preference_strength": %d, '
            '"preference_statement": "%s", "preference_elaboration": "%s", "three_most_similar_preferences": [%s], '
            '"all_preferences_unprocessed": [%s]}\n' % (
                "val" if maker.below(20) == 0 else "train", prompt(maker, pool),
                blocks(maker, pool, RESPONSE_MOST_BLOCKS), blocks(maker, pool, RESPONSE_MOST_BLOCKS),
                maker.pick(strengths()), *words(), ", ".join(opinions[:3]), ", ".join(opinions)))


def helpsteer3(maker):
    pools = {name: maker.pool(name) for name in LANGUAGES}
    names = {"es": "spanish", "de": "german", "fr": "french", "ru": "russian", "zh": "chinese", "ja": "japanese",
             "ar": "arabic"}
    opinion = '{"score": %d, "reasoning": "%s", "feedback1": "%s", "feedback2": "%s"}'
    while True:
        domain = maker.pick(HELPSTEER3_IN_TEN)
        lang = maker.pick(sorted(names)) if domain == "multilingual" else "en"
        pool, said = pools[lang], []
        language = names.get(lang, "python" if domain == "code" else "english")
        for i in range(1 + 2 * int(4 * maker.random() * maker.random())):
            role = "assistant" if i % 2 else "user"
            text = blocks(maker, pool, RESPONSE_MOST_BLOCKS) if i % 2 else maker.question(pool)
            said.append('{"role": "%s", "content": "%s"}' % (role, text))
        # The annotators write in English.
        spoken = [" ".join([maker.pick(pools["en"].sentences) for _ in range(1 + maker.below(4))]) for _ in range(9)]
        opinions = [opinion % (maker.pick(strengths()), *spoken[i * 3:i * 3 + 3]) for i in range(2 + maker.below(2))]
        yield (
            '{"domain": "%s", "language": "%s", "context": [%s], "response1": "%s", "response2": "%s", '
            '"overall_preference": %d, "individual_preference": [%s]}\n' % (
                domain, language, ", ".join(said), blocks(maker, pool, HELPSTEER3_MOST_BLOCKS),
                blocks(maker, pool, HELPSTEER3_MOST_BLOCKS), maker.pick(strengths()), ", ".join(opinions)))


class Trees:
    """OpenAssistant trees."""

    def __init__(self, maker):
        self.maker = maker
        self.pools = {name: maker.pool(name) for name in LANGUAGES}
        share = '"%s": {"value": %s, "count": %d}'
        quarters = [0.0] * 6 + [0.25, 0.3333333333333333, 0.5, 0.6666666666666666, 0.75, 1.0]
        self.labels = [
            ", ".join([share % (name, maker.pick(quarters), 1 + maker.below(5)) for name in TREE_LABELS])
            for _ in range(LABELS)
        ]
        self.toxicity = [
            ", ".join(['"%s": %r' % (name, 0.02 * maker.random() ** 3) for name in DETOXIFY]) for _ in range(LABELS)
        ]

    def id(self):
        """A UUID, of which a part is new each time."""
        high, low = self.maker.below(1 << 32), self.maker.below(1 << 48)
        return "%08x-5bf5-4e63-a4ba-%012x" % (high, low)

    def message(self, lang, parent, depth, left):
        """A message with its replies, of which at most `left` messages are; and how many are left."""
        maker, pool, own = self.maker, self.pools[lang], self.id()
        replies, left = [], left - 1
        for _ in range(1 + maker.below(TREE_MOST_REPLIES)):
            if left <= 0:
                break
            # A branch takes a part of what is left.
            part = min(left, 1 + maker.below(left))
            reply, rest = self.message(lang, '"%s"' % own, depth + 1, part)
            replies.append(reply)
            left -= part - rest
        asks = depth % 2 == 0
        text = maker.question(pool) if asks else blocks(maker, pool, OASST_MOST_BLOCKS)
        rank = "null" if asks else str(maker.below(4))
        return (
            '{"message_id": "%s", "parent_id": %s, "user_id": "%s", '
            '"created_date": "2023-0%d-1%dT0%d:36:15.%06d+00:00", "text": "%s", "role": "%s", "lang": "%s", "review_count": 3, "review_result": true, "deleted": false, '
            '"rank": %s, "synthetic": false, "model_name": null, "emojis": {"+1": %d, "_skip_reply": %d}, '
            '"replies": [%s], "labels": {%s}, "events": null, "detoxify": {%s}, "message_tree_id": null, '
            '"tree_state": null}' % (
                own, parent, self.id(), 1 + maker.below(9), maker.below(10), maker.below(10), maker.below(10**6),
                text, "prompter" if asks else "assistant", lang, rank, 1 + maker.below(9), 1 + maker.below(3),
                ", ".join(replies), maker.pick(self.labels), maker.pick(self.toxicity))
        ), left

    def tree(self):
        # A product of draws: most trees are small, a few very large.
        most = 3 + self.maker.below(12) + int(TREE_MOST_MESSAGES * self.maker.random() ** 20)
        prompt, _ = self.message(self.maker.pick(OASST_LANGUAGES), "null", 0, most)
        return '{"message_tree_id": "%s", "tree_state": "ready_for_export", "prompt": %s}\n' % (self.id(), prompt)


def trees(maker):
    trees = Trees(maker)
    while True:
        yield trees.tree()


# The kinds, and whether they are spelled in ASCII. HelpSteer's published files are, as `json.dumps` writes by default: a
# sample of 500 records has escapes in 176 and nothing beyond ASCII in any. HelpSteer3's are taken to be made by the same
# people in the same way. OpenAssistant's files are raw UTF-8.
KINDS = {
    "helpsteer": (helpsteer, False),
    "oasst": (oasst, False),
    "annotated": (oasst, True),
    "long": (long, False),
    "helpsteer-published": (helpsteer_published, True),
    "neighbours": (neighbours, True),
    "preference": (preference, True),
    "helpsteer3": (helpsteer3, True),
    "trees": (trees, False),
}


def size(text):
    """500MB, 64KiB, 1GiB, 4096: a number of bytes."""
    match = re.fullmatch("([0-9]+)([kmgt]?)(i?)b?", text.strip().lower())
    if not match:
        raise argparse.ArgumentTypeError("%r is no size; try 500MB, 64KiB or 4096" % text)
    number, unit, binary = match.groups()
    return int(number) * (1024 if binary else 1000) ** " kmgt".index(unit or " ")


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="example: make_corpus.py helpsteer 500MB --seed 7 -o /tmp/helpsteer.jsonl",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
    parser.add_argument("size", metavar="SIZE", type=size, nargs="?",
                        help="stop at the first record that reaches it: 500MB, 64KiB, 1GiB, 4096 (bytes)")
    parser.add_argument("--records", metavar="N", type=int, help="stop after N records (in place of SIZE)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="another seed, another corpus (default: 0)")
    parser.add_argument("-o", "--output", metavar="FILE", default="-", help="default: -, the standard output")
    parser.add_argument("--self-check", action="store_true",
                        help="compare each line with how json.dumps spells it (slower)")
    options = parser.parse_args()
    if (options.size is None) == (options.records is None):
        parser.error("give either SIZE or --records")
    return options


def write(options, out):
    make, ensure_ascii = KINDS[options.kind]
    lines = make(Maker(options.seed, ensure_ascii))
    size_so_far = records = 0
    while size_so_far < options.size if options.records is None else records < options.records:
        line = next(lines)
        size_so_far += out.write(line.encode())
        records += 1
        if options.self_check and line != json.dumps(json.loads(line), ensure_ascii=ensure_ascii) + "\n":
            sys.exit("make_corpus.py: record %d is not as json.dumps spells it" % records)


def main():
    options = arguments()
    try:
        if options.output == "-":
            write(options, sys.stdout.buffer)
            sys.stdout.flush()
        else:
            with open(options.output, "wb", buffering=1 << 20) as out:
                write(options, out)
    except OSError as error:
        # Without this, Python would try again to write at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # where the reader has seen enough
            sys.exit("make_corpus.py: %s" % error)


if __name__ == "__main__":
    main()
