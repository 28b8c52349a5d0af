//! What the corpora are made of.

pub(super) const ATTRIBUTES_OF_HELPSTEER: &[&str] =
    &["helpfulness", "correctness", "coherence", "complexity", "verbosity"];
pub(super) const ATTRIBUTES_OF_OASST: &[&str] = &["quality", "toxicity", "humor", "creativity"];

/// English, Spanish, German, French, Russian, Chinese, Japanese, Arabic.
pub(super) const LANGUAGES: usize = 8;

/// By language; `@` stands for a number.
pub(super) const QUESTIONS: [&[&str]; LANGUAGES] = [
    &[
        "How do I start with bread baking if I only have @ minutes a day?",
        "Write a story of @ words in which a lighthouse keeper says \"not tonight\".",
        "Why does my program stop at line @ with \"unexpected end of file\"?",
    ],
    &[
        "¿Cómo empiezo con la jardinería si sólo tengo @ minutos al día?",
        "¿Cuánto cuesta viajar a Cádiz con @ personas?",
    ],
    &[
        "Wie fange ich mit dem Töpfern an, wenn ich nur @ Minuten am Tag habe?",
        "Warum bricht mein Programm in Zeile @ ab?",
    ],
    &[
        "Par où commencer avec la photographie avec @ minutes par jour ?",
        "Combien coûte un séjour à Orléans pour @ personnes ?",
    ],
    &["С чего начать, если есть только @ минут в день?", "Почему программа выдаёт ошибку @?"],
    &["我每天只有@分钟，应该怎么开始学习摄影？", "请用不超过@个字介绍一下杭州的历史。"],
    &["一日に@分しかないのですが、園芸は何から始めればいいですか？", "予算@円で京都に旅行できますか？"],
    &["كيف أبدأ في تعلم البرمجة إذا كان لدي @ دقيقة فقط في اليوم؟", "ماذا أزور في عمّان خلال @ ساعة؟"],
];

/// By language.
pub(super) const SENTENCES: [&[&str]; LANGUAGES] = [
    &[
        "Start small, and write down what worked and what did not.",
        "Most people need about twenty hours before they see real progress, so be patient.",
        "As Grace put it: \"change one thing at a time\".",
        "There is no need to buy expensive tools; a kitchen scale and a notebook will do.",
        "Thanks, that worked!",
        "It depends on the season, the weather, and (honestly) a bit of luck 🙂.",
    ],
    &[
        "Lo más importante es practicar un poco cada día, aunque sean sólo diez minutos.",
        "En Cádiz hay talleres gratuitos para principiantes, y María empezó allí.",
        "¡No te desanimes si la primera vez no sale bien 😅!",
    ],
    &[
        "Am besten fängt man klein an und übt jeden Tag ein wenig.",
        "Das größte Missverständnis ist, dass teures Werkzeug die Arbeit erleichtert.",
        "Ganz ehrlich: Beim ersten Mal klappt es bei niemandem 😅.",
    ],
    &[
        "La poterie s'apprend peu à peu, à force d'essais et d'erreurs.",
        "Le plus important, c'est de noter ce qui a marché et ce qui a échoué.",
        "Comme le dit Hélène, « mieux vaut tard que jamais ».",
    ],
    &[
        "Лучше всего начинать с малого и заниматься каждый день.",
        "Записывайте, что получилось, а что нет.",
        "Честно говоря, с первого раза не получается ни у кого 🙂.",
    ],
    &[
        "学习摄影最重要的是每天坚持，而不是一次学很久。",
        "如果出了问题，一次只改变一个地方。",
        "不要着急，慢慢来，你会越来越喜欢的😊。",
    ],
    &[
        "写真は、少しずつ毎日続けることが大切です。",
        "問題が起きたら、一度に一つだけ変えてみてください。",
        "無理をせず、休憩を取ってくださいね😊。",
    ],
    &[
        "أفضل طريقة لتعلم البرمجة هي التدرب قليلا كل يوم.",
        "إذا حدثت مشكلة، غيّر شيئا واحدا في كل مرة.",
        "لا تستعجل النتائج، فالصبر مفتاح الفرج 🌿.",
    ],
];

/// English, with markdown and code: quotes, backslashes, line feeds and tabs.
pub(super) const BLOCKS: &[&str] = &[
    "Bread baking looks harder than it is. Most people need about twenty hours before they see real progress, so be \
     patient, and do not change the flour and the oven on the same day.",
    "## Getting started\n\nA notebook, a scale and a free afternoon are all you need. Write down what worked.",
    "- Read the manual once, then put it away.\n- Ask someone who has done it before.\n- Keep \"before\" and \"after\" \
     side by side.",
    "1. Preheat the oven to 230 °C.\n2. Knead for ten minutes.\n3. Wait; this is the hard part.\n4. Bake for forty minutes.",
    "| When | What | Minutes |\n|------|------|--------:|\n| day 1 | knead | 10 |\n| day 2 | bake | 45 |",
    "```python\ndef load(path):\n    \"\"\"Returns the rows of a tab-separated file.\"\"\"\n    with open(path, \
     encoding=\"utf-8\") as lines:\n        return [row for row in csv.reader(lines, delimiter=\"\\t\") if row]\n```",
    "```c\nstatic int show(const char *name, double total)\n{\n\tif (total < 2.5) {\n\t\tfprintf(stderr, \"skipped \
     \\\"%s\\\"\\n\", name);\n\t\treturn 0;\n\t}\n\treturn printf(\"%s\\t%.2f\\n\", name, total);\n}\n```",
    "That depends on what you want to keep. If the tables fit into memory, sort them once and be done; if they do \
     not, let the database do it. Either way, measure before you tune, and write the numbers down where the next \
     person will find them.",
];
