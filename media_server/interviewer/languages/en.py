"""English."""

from media_server.interviewer.languages.table import Table, counted, forms, pattern, words

_QUESTION = "why|how|what|where|who|whom|whose|which"
_PREPOSITIONS = "in|for|with|to|at|by|from|about|on|of"

TABLE = Table(
    stemmer="english",
    stop=words("""
        a an the this that these those here there i me my mine myself we us our ours ourselves you
        your yours yourself yourselves he him his himself she her hers herself it its itself they
        them their theirs themselves who whom whose which what when where why how if then else so
        than too very just only also still yet and or but nor because as of at by for with about
        against between into through during before after above below to from up down in out on off
        over under again further once onto upon within without while until till since am is are was
        were be been being have has had having do does did doing done would should could can will
        shall may might must ought need s t d ll m re ve don didn doesn isn aren wasn weren won
        wouldn couldn shouldn hasn haven hadn cannot not no yes yeah ok okay um uh er erm hmm mhm
        like well really actually basically kind sort quite rather some any all each every both few
        more most other another such same own many much little lot lots bit anyway get got getting
        go going goes went gone th st nd rd please thank thanks let us one ones somebody someone
        anybody anyone something anything everything nothing nobody everybody everyone honestly
        maybe perhaps though although even ever never always usually often sometimes mr mrs ms
    """),
    common=words("""
        mention mentioned say said saying tell told talk talked describe explain walk give gave take
        took taken come came bring think thought feel felt know knew known want wanted try tried
        happen happened change changed choose chose chosen choice decide decided decision make made
        find found look looked see saw seen notice noticed realise realize realised realized deal
        dealt handle handled react reacted reaction respond responded response solve solved approach
        manage managed work worked help helped use used using learn learned learnt start started
        begin began end ended finish finished lead led mean meant keep kept put part role step steps
        stepped situation moment point time times day week month year example case reason reasons
        result results outcome effect impact difference problem problems difficulty challenge
        challenges challenging trouble idea ideas way ways thing things person people decisive
        others conversation talk experience detail details process task tasks goal first second
        third last next later earlier afterwards back then exactly exact specific specifically
        particular different differently normal typical main most important hard harder hardest
        difficult easy easier big biggest good better best bad worst right wrong new involved
        involve consider considered based lead thinking turn turned word words role sure possible
        afterward eventually finally personally mind side aspect aspects kind happen question
        come up work out
    """),
    negations=words("""
        not no never nobody nothing none neither cannot don didn doesn isn aren wasn weren won
        wouldn couldn shouldn hasn haven hadn without
    """),
    numbers=counted("""
        zero - two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen
    """)
    | counted("twenty thirty forty fifty sixty seventy eighty ninety hundred", start=20, step=10)
    | {"thousand": 1000, "million": 1_000_000, "dozen": 12},
    number_joins=words("and"),
    irregular=forms("""
        wrote write, written write, ran run, took take, taken take, sent send, built build, bought
        buy, brought bring, taught teach, caught catch, sold sell, spoke speak, spoken speak, broke
        break, broken break, chose choose, drove drive, driven drive, fell fall, flew fly, grew
        grow, grown grow, held hold, kept keep, led lead, left leave, lost lose, paid pay, rose
        rise, sat sit, shut shut, stood stand, stole steal, swam swim, threw throw, thrown throw,
        woke wake, won win, wore wear, drew draw, drawn draw, hid hide, hidden hide, dealt deal, fed
        feed, fought fight, hung hang, laid lay, met meet, rang ring, sank sink, shook shake, spent
        spend, split split, stuck stick, struck strike, swept sweep, understood understand, children
        child, men man, women woman, people person, mice mouse, feet foot, shelves shelf, loaves
        loaf, knives knife, lives life
    """),
    accented_question_word=pattern(_QUESTION, "when (?:did|do|does|was|were|is|are|will|would)"),
    accented_closed=pattern("(?:and |so |but )?(?:did|do|does|was|were|is|are|have|has|had|will|"
    r"should)"),
    accented_joined=pattern(
        rf"(?:and|or|but|plus|as well as) (?:(?:also|then|if so|if not|{_PREPOSITIONS}) )*"
        rf"(?:{_QUESTION}|when|whether)",
        r"(?:and|or|but) (?:did|do|does|have|has|had|would|could|can|will|are|is|was|were|should)"
        r"(?: not)? (?:you|he|she|they|it|that|there|your|the|this|we|his|her|their)",
    ),
    leading=pattern(
        "wouldn t you", "don t you", "didn t you", "isn t (?:it|that|this)", "wasn t (?:it|that)",
        "aren t you", "weren t you", "couldn t you", "shouldn t you", "shouldn t", "surely",
        "obviously", r"(?:right|correct|no|yes|agreed) \?", "you (?:should|could|might) have",
        "(?:do|would) you agree", "would you not", "do you not", "you must have", "of course",
        "it (?:should|would) have been better",
        r"why .*\bbecause", r"how come .*\bbecause", "or was it (?:just|simply|only|that)",
    ),
    suggesting=pattern(
        "such as", "for example", "for instance", "e g", "including", "say", "perhaps", "maybe",
        "for one", "by any chance", "like by", "like with", "like using",
    ),
    private=pattern(
        r"what (?:is|was|were|are|s) (?:the|his|her|their) names?",
        r"who (?:is|was) (?:he|she|they)",
        "off sick",
        r"pregnan\w+", "maternity", "paternity", r"religio\w+", "church", "mosque", "synagogue",
        "pray", "faith", "married", "marriage", "marital", "husband", "wife", "spouse",
        "(?:girl|boy)friend", r"divorc\w+", r"nationalit\w+", "citizenship", "immigrant",
        "visa status", r"ethnic\w*", "race", "skin colou?r", r"sexual\w*", "gender", "gay",
        "lesbian", "transgender", r"disab\w+", "how old", "your (?:own )?age", "date of birth",
        "(?:were|was) you born", "born", "trade union", "labou?r union", "(?:in|of|with) (?:a|the) "
        "union", "union member(?:ship)?", r"political \w+", "politics", "your salary",
        "salary history", "how much (?:did|do) you earn", r"illness\w*", "disease", "diagnos[ei]s",
        "medication you", "mental health", "depress(?:ed|ion)", "therapy", "criminal record",
        "arrested", "in debt", "famil(?:y|ies)", "childcare",
        "your (?:own )?(?:child|children|kids?|sons?|daughters?|parents?|mother|father|partner|"
        "health|doctor|home|home life|private life|beliefs?|country|origins?|roots|accent|"
        "background|body|weight|relationship)",
        "(?:do|did|have) you (?:have|had|want|plan) (?:any )?(?:children|kids)",
        "where (?:are|do|did) you (?:really |originally )?(?:come )?from", "you (?:often )?sick",
        r"(?:new|newborn|your (?:\w+ )?)(?: ?)bab(?:y|ies)",
        r"your (?:\w+ )?(?:wife|husband|son|daughter|"
        "mother|father|kids|children)", r"(?:get|got|being|are|were|was|be) (?:you |they |he |"
        r"she )?"
        r"(?:\w+ )?(?:well |under)?paid (?!attention|for|off|back)", "(?:were|are|was|is|get|got) "
        r"(?:you|they|he|she) (?:\w+ )?(?:over|under)?paid",
        r"(?:did|do|does) (?:you|they|he|she) earn",
        "your (?:pay|wages?|income|earnings|bonus|savings|debts?)", "(?:at|of) what age",
        "what age",
        r"(?:phone|telephone|mobile|account|passport|social security|card) number", r"passwords?",
        "pin code", "home address", r"surnames?", "(?:last|full|real|maiden) name",
        r"where (?:do|does|did) \w+ live", r"(?:as|like|for|being) an? (?:\w+ )?(?:woman|man|girl|"
        r"boy|"
        r"lady|mother|father|foreigner|immigrant|muslim|christian|jew|black|white|asian|old|older|"
        r"young|younger) ?\w*", "an? (?:woman|man|girl|lady|foreigner) (?:like|such)", "drunk",
        r"(?:you|he|she|they) (?:\w+ )?(?:been )?drinking", "drugs", "sick leave",
        "native (?:speaker|language|country)", "mother tongue",
    ),
    promise=pattern(
        "(?:we|i) (?:will|would|ll|d|can|could|are going to|promise|guarantee|offer|want to)",
        r"i promise\w*", r"guarantee\w*", "you (?:will|ll)",
        "you (?:would|d) (?:get|have|receive|be|join)",
        "you are hired", r"hired?", "job offer", "next round", "you (?:have )?passed", "congrats",
        "congratulations", "welcome to the team", "join (?:us|our)", "our (?:company|team) will",
    ),
    grading=pattern(
        r"scores?", r"scoring", r"grad(?:e|es|ing)", r"ratings?", "(?:full|top|maximum|highest) "
        "(?:marks?|points?)", r"rate (?:me|this|it|my)", r"evaluat\w+", r"instructions?",
        r"(?:ignore|disregard|forget) (?:all|any|everything|your|the|what|my|previous)",
        r"(?:give|award|assign) me", "interviewer", "system", "examiner", "judge", "assistant",
    ),
    judgement=pattern(
        r"(?:that|this|it) (?:was|is|s|must have been|seems) (?:very|really|so|quite|rather|"
        r"such) \w+",
        "great", "excellent", r"impress\w+", "well done", "wonderful", "amazing", "fantastic",
        "perfect", "brilliant", "outstanding", "remarkable", "awesome", "admirable", "superb",
        "clever", "smart move", "terrific", "(?:very|so|that s|quite|really|sounds?) interesting",
        "how interesting", "fascinating", "(?:a |very |that s |really |sounds )good",
        "good (?:answer|point|job|idea|example|work|thinking|call|question|choice|approach)",
        "(?:that )?sounds (?:like a |very |really )?\\w+", "(?:i )?(?:love|like) (?:that|it|your)",
        "nice", "strong (?:answer|example)", "weak (?:answer|example)", "(?:bad|poor|wrong) "
        "(?:answer|decision|idea|choice)", "unfortunately for you", "not enough", "disappointing",
        "(?:that s|that is|that was) (?:a )?(?:very )?(?:bad|wrong|poor|right|correct|smart|wise)",
    ),
    neutral=words("""
        use speak ask check prepare share introduce present announce convince persuade agree discuss
        test organise organize set arrange follow continue remember recall show plan expect hope
        wait watch listen hear read write call contact inform team colleague colleagues member
        members besides instead alone together daily regularly today currently long far soon quick
        quickly fast clear contribute contribution apply compare select pick add collect track
        ensure answer reply proceed occur else divide assign hand pass support opinion view thoughts
        lesson lessons information order rule method tool tools adjust explain understand leave
        remain stay improve carry include relate concern matter adapt place
    """),
    accented_asks=pattern(
        rf"(?:(?:and|or|but) )?(?:(?:{_PREPOSITIONS}) )?(?:how(?: \w+)?|what(?: \w+)?|why|where|"
        rf"who|"
        r"whom|when|which(?: \w+)?) (?:did|do|does|was|were|is|are|have|has|had|would|could|can|"
        r"will)",
        r"(?:did|do|does|have|has|had|would|could|can|will|are|is|was|were) "
        r"(?:you|he|she|they|it|that|there|your|the|this|we|his|her|their)",
    ),
    supposed=pattern("if", "unless"),
    told_to_you={"my": "your", "our": "your", "i": "you", "we": "you", "me": "you", "us": "you"},
    rude=pattern(
        r"idiots?", r"idiotic\w*", r"stupid\w*", r"moron\w*", r"dumb\w*", r"fool\w*", "bloody",
        r"damn\w*", "hell", r"(?:mother)?fuck\w*", r"(?:bull)?shit\w*", "crap", r"arse\w*",
        r"ass(?:hole\w*)?", r"bastards?", r"bitch\w*", r"wankers?", r"cunts?", r"dicks?",
        r"pricks?",
        r"sluts?", r"whores?", r"retard\w*", r"cowards?", r"losers?", r"laz(?:y|ily|iness)",
        r"incompeten\w+", r"pathetic\w*", r"ridiculous\w*", r"useless\w*", r"careless\w*",
        r"clueless\w*", r"clums\w+", "ashamed", "on earth", "how (?:dare|could) you",
        "what (?:is|s|was) wrong with you",
        r"(?:why|how) (?:are|were|can|could) (?:you|they) (?:be )?"
        r"(?:so|that|this|such)", "what were you thinking",
    ),
    title=pattern(r"(?:mr|mrs|ms|miss|dr|doctor|professor|chef|sister|brother) (\w+)"),
)  # fmt: skip
