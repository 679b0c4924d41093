"""English. How phrases are written stands in `phrases.py`, what the fields mean in `table.py`.

One language in one file, on purpose: who adds a phrasing looks in one place.
"""

from __future__ import annotations

from media_server.interview.spoken_requests.table import Table, groups, phrases, requests, words

_NOT = {
    f"{verb}n't": f"{verb} not"
    for verb in (
        "do", "does", "did", "was", "were", "is", "are", "have", "has", "had", "could", "would",
        "should", "must", "need",
    )
}  # fmt: skip
_SHORT = {
    f"{who}'{short}": f"{who} {full}"
    for who in ("i", "you", "he", "she", "it", "we", "they", "that", "there", "what", "who",
                "where", "how", "when", "here", "this", "someone", "somebody", "everything")
    for short, full in (("m", "am"), ("s", "is"), ("re", "are"), ("ve", "have"), ("ll", "will"),
                        ("d", "would"))
}  # fmt: skip
SPELLINGS = {
    **_NOT,
    **{short.replace("'", ""): full for short, full in _NOT.items()},  # recognisers leave it out
    **_SHORT,
    "can't": "can not", "cant": "can not", "cannot": "can not", "won't": "will not",
    "im": "i am", "id": "i would", "ive": "i have", "youre": "you are", "thats": "that is",
    "let's": "let us", "lets": "let us", "whats": "what is", "theres": "there is",
    "mic's": "mic is", "microphone's": "microphone is", "sound's": "sound is",
    "internet's": "internet is", "screen's": "screen is", "connection's": "connection is",
    "wanna": "want to", "gonna": "going to", "gotta": "have to", "lemme": "let me",
    "gimme": "give me", "dunno": "do not know", "1": "one", "2": "two", "5": "five", "10": "ten",
    "sec": "second", "secs": "second", "seconds": "second", "moments": "moment", "min": "minute",
    "mins": "minute", "minutes": "minute", "anyone": "anybody", "someone": "somebody",
    "what'd": "what did", "mike": "mic", "wi": "wifi",  # with "fi" among the fillers: Wi-Fi
    "goodbye": "bye", "alright": "fine", "anymore": "any more", "cuz": "because",
    "questions": "question", "someone's": "somebody is", "somebody's": "somebody is",
}  # fmt: skip
FILLERS = words("""
    um umm uh uhm er erm hm hmm hmmm mm mhm ah oh eh huh please sorry actually really honestly
    just maybe perhaps kindly quite basically literally okay ok very fully properly clearly
    entirely completely exactly sir madam ma'am fi yet totally probably truly still possibly
""")
GROUPS = groups("""
you:
    (can|could|would|will|might|may) you [be able to|be so kind as to|be kind enough to]
    (would|do) you mind|(is|would) it [be] (possible|fine) ([for you] to|if you [could|would])
    are you able to|do you think you (could|can)|i [would] (like|love|need|want) [for] you to
    can i get you to|i was wondering if you (could|would)
    i would appreciate it if you (could|would)|i (have|need) to ask you to|you (could|can)
    if you could
may:
    (can|could|may|shall|should|might) (i|we)|let us|is there [a|any] way to|am i allowed to
    (is|would) it [be] (possible|fine) (to|if (i|we) [could|can])|(would|do) you mind if (i|we)
    how about we|why do not we|i was (wondering|hoping) if (i|we) (could|can)|would you let me
want:
    i [would] (like|love|want|wish|prefer|need) to|i would rather|i (have|need|am going) to
    i (must|will|can|better)|i think (i|we) (should|will)|let me|we (can|could|should)
it:
    it|that|this
    (the|your|that|this|my) [last|previous|current|first|whole|entire|full|same|original]
        (question|one|task|phrase|thing)
    me (the|that|your) question
    what you [have|were|are] [just] (said|asked|saying|asking|told me|asked me|mentioned)|this one
    that one|(the|your) last (statement|message|response|thing [you (said|told me|asked)])
again:
    again|once (more|again)|one more time|one (last|other) time|another time|a second time
bit:
    a [little] bit|a little|a touch|slightly|some|a tad|much|way
repeat:
    repeat [yourself]|repeating|re read|reread|rereading|restate|restating|replay|replaying|re ask
say:
    say|saying|ask [me]|asking [me]|read [me]|reading|read out|tell [me]|telling [me]|give [me]
    giving [me]|play|go over|going over|go through|state|do
end:
    (the|that|your|those) (last|final|second|latter) [two|few|couple of] (half|part|bit|piece|
        portion|section|sentence|word|words|thing|phrase) [of (<it>)] [you (said|asked)]
    (the|that) (end|ending|rest) [of (<it>|the sentence)]|what you said (last|at the end)
    the last of (it|that)
missed:
    missed|miss|lost|(did|could) not (hear|catch|get|pick up|make out|understand)
    (can|do) not (catch|get|make out)
not:
    do not|did not|can not|could not|am not|was not|have not|do not think i|no longer
meant:
    you [really] (mean|want|are asking|are saying|are after|are looking for|want to know|expect|
        are referring to|are getting at|need) [for|about|with that|by that|to know|to hear|me to
        (say|do|answer)|from me|by *]
    (the question|that|this|it) (is|means) [asking|about|supposed to mean]|the question is [about]
simpler:
    (differently|otherwise)
    (in|using|with) [some] (other|simpler|simple|different|easier|plain|fewer|your own) (words|
        terms|language|english|way)
    [in] (another|a different|an easier|a simpler|a clearer|some other) (way|form|manner|wording)
    more (simply|plainly|clear)|simpler
next:
    [the] next [one|question|topic|point|part]
    (another|a different|the following) (question|one|topic)|something else
answering:
    (answer|answering|say|saying|discuss|discussing|share|sharing) [<it>|anything [about <it>]]
    (talk|talking|speak) about <it>|(comment|commenting) [on <it>]|(respond|reply) [to <it>]
    (go|get) into (it|that|this)
one_moment:
    (a|one|another|half a) [little|short|quick|small] (second|moment|minute|instant)
question:
    [that|this|the|your] [last] question|what you (said|asked)
moment:
    (a|one|another|half a|two|five|ten|some|a few|a couple of) [little|short|quick|small|more]
        (second|moment|minute|instant)
    (some|a little|a bit of|a bit|a little bit|more|some more) time|a bit
to_think:
    to (think|reflect|consider|answer) [about <it>|it over|<it>]
    to (collect|gather|sort) my thoughts
talk:
    talk|speak|chat|be connected|be transferred|get through|be put through
volume_up:
    (raise|increase|raising|turn up|turning up|bring up) [the|your] [speaker] (voice|volume|sound)
        [level] [<bit>]
    (make|turn|bring) (the|your) [speaker] (volume|voice|speaker|speakers|sound) (louder|up)
        [<bit>]
being:
    [a|an] [real|actual|live|living] [live] (human [being]|person|robot|ai|machine|bot|computer|
        recording|program|artificial intelligence)
    real|alive|(<person>)
person:
    (a|an|the|your|some|any) [real|actual|live|living] (human [being]|person|recruiter|agent|
        representative|employee|member of staff|human interviewer|hr person|people|human person)
    somebody [real|else|human|from (the|your) (company|team)]|hr|real people|a real one
device:
    [internet|wifi|phone] (mic|microphone|headset|headphones|camera|sound|audio|speaker|speakers|
        internet|connection|wifi|network|line|computer|laptop|phone|browser|screen|page|video|
        tablet|battery|website|app|call|signal|earphones|earbuds)
broken:
    (is|are|seems|seem|was|keeps|keep|got|went|has|have) [to be|been|having] [<bit>] [not]
        (working|bad|slow|unstable|frozen|broken|dead|down|weak|poor|lagging|laggy|freezing|muted|
        off|gone|dropping|dropping out|cutting out|cutting off|disconnecting|about to die|almost
        empty|breaking up|failing|stuck|crashed|blank|black|acting up|disconnected|died|off line|
        offline|problems|issues|terrible|choppy)
    (does|do|did|will|would) not (work|load|respond|connect)|(stopped|stops|has stopped) working
    froze|crashed|died|dropped|disconnected|keeps dropping
said:
    (what|everything|all) i [have] (said|told you|answered)|what you [have] (understood|got|noted)
    my [last] (answer|answers|reply)|it|that|this
there:
    are you (there|here|listening|with me|on|hearing me)
    is [there] (anybody|somebody) [out] (there|here|listening|home)
    [(can|could|do|did) (you|anybody|somebody)] hear (me|this)|am i (audible|connected|muted|on)
    is (this|it|(my|the) (mic|microphone|sound|audio)) [thing] (on|working)
    (mic|microphone) (check|test)|(test|testing) (test|testing)|one two three
""")
AROUND = phrases("""
    yes|no|yeah|yep|nope|well|so|and|but|or|then|now|because|right|right now|at the moment|here
    there|thank you [again|so much|much|a lot|for (that|asking)]|thanks [a lot|so much|again]
    great|sure|fine|good|(i am|i am so|so) [sorry] (about that|for that|to interrupt)|i am
    excuse me|[my] apologies|i apologize|pardon [me]|hello [there]|hi [there]|hey
    good (morning|afternoon|evening)|for me|to me|with me|if [that is|it is] (possible|fine)
    if you (can|could|would|do not mind)|if i may|i think|i guess|i believe|i am afraid
    unfortunately|to be honest|you know|let us see
    [that is] [a|an] (good|great|tough|hard|difficult|interesting|tricky) (question|one)|i mean
    for (a|one) (moment|second|minute|while)|<again>|instead|too|also|first|as well|in english
    about (that|it|this|the question)|the question|question|[hey] ai|all right|wait|look|listen
    hold on|my english is not [so|that] good|i am not a native speaker|i got distracted
    i was distracted
    (there was|it was|it is|there is) [<bit>] [too] (noise|noisy|loud|a noise) [here|in the
        background]
    the (sound|line|audio|connection) (cut out|cut off|dropped|was gone|broke up)|from you|today
""")
ASKED = requests("""
repeat:
    <you> [<again>] <repeat> [<it>] [for me|to me] [<again>]
    <you> (<say>) [<it>] [for me|to me] <again>
    <you> (run|take) (it|that|this|me) (by|past|through) [me|it|that] [<again>]
    <may> (hear|have|get|see) [<it>|the question] <again>
    <may> (hear|listen to) (it|that|the question|your question)|<may> [<again>] <repeat> <it>
    <may> ask you to <repeat> [<it>] [<again>]|<you> (come|go|say|phrase) [<it>] (<again>|over)
    (run|take) (it|that) by me <again>
repeat_last:
    <you> (<repeat>|<say>) [only|me] <end> [<again>]
    <may> (hear|have|get|ask you to <repeat>) [only] <end> [<again>]
rephrase:
    <you> (rephrase|rephrasing|reword|rewording|reformulate|paraphrase|clarify|clarifying|explain|
        explaining|simplify|specify|define|elaborate|expand) [on] [<it>] [to me|for me] [<bit>]
        [more|further|better|<simpler>]
    <you> (explain|clarify|tell me|say|specify) [to me] [<again>] what (<meant>)
    <you> (explain|clarify|define|tell me) what * (means|is)
    <you> (explain|define) the (word|term) *
    <you> (say|put|ask|phrase|word|frame|formulate|express|explain|make|repeat|putting|asking|
        saying|phrasing) [<it>] [<bit>] <simpler>
    <you> make <it> [<bit>] (easier|simpler|clearer|more clear) [to understand]
    <you> give [me] (an example|more (context|detail|details|information)|some context|a hint) [of
        (it|that|what <meant>)]
    <you> be [<bit>] (more (specific|precise|concrete|clear)|clearer)
    <you> help me understand [<it>]
    <may> (have|get|hear) (an example|[some] more (context|detail|details)|a clarification|<it>
        <simpler>|<it> (explained|clarified|rephrased))
slower:
    <you> (speak|speaking|talk|talking|go|going|say|saying|read|reading|ask|be|<repeat>) [<it>]
        [<again>] [but] [<bit>] (slower|[more] slowly|more slow|slow) [<again>]
    <you> (slow|slowing) [<it>|your (speech|speaking|talking|pace)] down [<it>|your (speech|
        speaking|talking|pace)] [<bit>]
    <you> (reduce|lower) (the|your) (speed|pace)
    <you> not (speak|talk|go|read) [so|too|that] (fast|quickly|quick)
    <may> (have|hear|get) <it> [<bit>] (slower|more slowly)|<you> take it slower
louder:
    <you> (speak|speaking|talk|talking|say|be|get|make|<repeat>) [<it>] [<again>] [but] [<bit>]
        (louder|up|more loudly|more loud) [<bit>]
    <you> <volume_up>
    <you> (turn|turning) (it|the (volume|sound)|your (volume|voice)|yourself) up [<bit>]
    <may> (have|hear) <it> [<bit>] louder|<may> turn (it|the volume|you) up
skip:
    <may> (skip|pass|leave|drop|jump) [on|over|past] [<it>] [out|ahead|over] [now]
    <may> (move|go|jump|continue|proceed|skip|carry|get|come) [on|ahead|over|forward|straight]
        [to|with] <next>
    <may> (move|go|carry) (on|ahead|forward)|<may> (have|get|hear) <next>
    <you> (skip|skipping) [<it>]|<you> (move|go|moving|going) on [to <next>]
    <you> (go|move|jump|continue) [on] to <next>|<you> (ask|give) [me] <next>
    <may> not (answer|talk about|discuss) <it>|<may> decline [to answer] [<it>]
think:
    <may> (have|take|get) <moment> [<to_think>]|<you> (give|giving|allow) me <moment> [<to_think>]
    <may> think [about <it>] [for <moment>]
not_finished:
    <may> (go|come|get|return) [back] to (my|the) (last|previous|first|earlier|other) (question|
        answer|one|point)
    <may> go back
    <may> (add|say|finish|complete|mention) (something|one (more|last) thing|[to] my (answer|
        sentence|thought)) [to (<it>|my (last|previous) answer)]
    <may> finish
pause:
    <may> (take|have|make|get|do) [a|another|some|<moment>] [short|little|quick|small|brief|
        coffee] (break|pause|breather)
    <may> (pause|halt) [<it>|here|the interview] [for <moment>]
    <may> (stop|hold|interrupt) [<it>|here|the interview] for <moment>
    <you> (pause|pausing) [<it>|here|the interview] [for <moment>]|<you> wait for <moment>
leave:
    <may> (end|stop|quit|leave|finish|abort|terminate|cancel|close) [the|this] (interview|call|
        conversation|session) [here]
    <may> (stop|end|finish|quit) [it|this] [here]
    <you> (end|stop|abort|terminate|cancel) the (interview|call|session)
human:
    <may> <talk> (to|with) <person> [instead|directly|in person|about (it|this|that)]
    <you> (connect|transfer|put) me (to|with|through to) <person>
    (is|are) there <person> [(i|that i) (can|could) <talk> (to|with)] [in person|directly]
    (are you|is this|am i (talking|speaking) (to|with)) <being> [or <being>]
    <you> tell me (if|whether) (you are|this is|i am (talking|speaking) (to|with)) <being> [or
        <being>]
    i (need|want|would like) to know (if|whether) (you are|i am talking to) <being> [or <being>]
    (tell|let) me [know] (if|whether) you are <being> [or <being>]|you are <being>
    (do|would) you (consider yourself|say you are|think you are) [to be] <being> [or <being>]
    (how do i know|is there a way to tell|how can i tell) (if|whether) you are <being> [or
        <being>]
summarise:
    (summarise|summarize|sum up|recap) (what i [have] said|my (answer|answers)) [so far] [for me]
    <you> (summarise|summarize|sum up|recap) [<said>] [so far] [for me]
    <you> (give|tell|read|show) me (a|the|your) [short|quick|brief] (summary|recap) [of <said>]
        [so far]
    <may> (get|have|hear) (a|the|your) [short|quick|brief] (summary|recap) [of <said>] [so far]
    what (have you|did you) (understand|understood|got|get|write down|written down|note|noted) [so
        far|from me|of my answer|until now]
    [(can|could) you] tell me what you [have] (understood|got|noted|written down) [so far|until
        now]
interviewer_question:
    <may> ask [you] [a|an|one|some|another|a few|a couple of|something] [quick|short|other]
        [question|thing|something] [about *|first|too]
    (what|how much) (is|does) the [starting] (salary|pay|wage|job pay|payment|hourly (rate|wage))
        [like] [for (this|the) (job|position|role)]
    how much (do|would|will) (i|you) (earn|pay)
    when (will|do|can|would) i (hear|get|expect|know|be told|receive) [to hear] [back|an answer|a
        (response|decision|reply)|the (result|results|outcome)|feedback|more] [from (you|the
        company)]
    how long (does|will|is) (this|the|it|the whole) [interview|call] [take|last|going to take|
        going to last]
    how much (longer|time) [does (this|it) take|is left|do (i|we) have]
    how many [more|other] question [are (there|left|coming)|do you have|will there be] [left]
    what (are the next steps|happens next|is the next step)|is this [interview] [being] recorded
    who (will|is going to) (see|hear|listen to|read|review|watch) (this|it|my answers)
""")
STATED = requests("""
repeat:
    what (was|is) (it|that|the [last] question|your question|my question) [<again>]
    what did you [just] (say|ask|mention|tell me|ask me) [there] [<again>]
    what question did you [just] ask [me]|what was (said|that you said)
    i [would] (need|want|like) [to have] (that|it|the question) (repeated|said|asked) [<again>]
    (could|can) (that|it|the question) be repeated
    i (must|need to) have you (<repeat>|<say>) <it> [<again>]
    i am going to need you to (<repeat>|<say>) <it> [<again>]|what were you (asking|saying) [me]
    you said what
    i (<missed>) (that|all of (it|that)|(the|your) [whole|entire|last] question|what you (said|
        asked|were saying|wanted)|the beginning) [well|right|correctly|<again>]
    i (did|could) not (hear|catch|get|make out|understand) (you|it|this) [well|right|correctly]
    i (did|could) not (hear|catch) [anything]|(can not|could not) understand you
    i (was not|am not) (listening|paying attention|concentrating)
    i (lost|have lost) (track|focus|the thread|my focus)
    i (forgot|have forgotten) (the|your) question|i zoned out
    <repeat> (the|your|that|this) [last|whole] question [<again>]|say (that|it) <again>
    i [would] (want|need|like) to hear <it> [<again>]
    i [would] (want|need|like) you to ask <it> <again>|<there>
repeat_last:
    i (<missed>) <end>|what (was|is) <end> [<again>]|<repeat> <end> [<again>]
    what did you say [there] [at the end|last|after that] [there]
    i [only] (caught|heard|got|understood) [only] (half|part|the (first|beginning|start)) [part|
        half|bit|sentence|word|words] [of (<it>)] [but not (<end>)]
    say <end> <again>|what (came|was) after (that|it)
rephrase:
    what do you [actually] mean [by|with] [that|this|it|*]|how do you mean [that|this]
    in what (sense|way)|what (does|did) (*|the (word|term) *) mean [in this context|here]
    what is (meant by *|that supposed to mean)|what is the meaning of (that|this|it|*)
    what (are you|is it you are) (asking|after|looking for|referring to|getting at) [me] [for|
        about|to do]
    what [is it] [do] you want [to (know|hear)|from me|me to (say|do|answer|tell you|talk about)]
    i (<not>) (understand|understanding|get|getting|follow|following|see|know|sure|sure i
        (understand|follow|get)|certain) (<it>|what (<meant>)|the (point|meaning) [of <it>]|a
        word|any of (that|it)) [at all]
    i (<not>) (understand|understanding|follow|following)
    i am [<bit>] (confused|lost) [by <it>|here]
    i (<not>) (sure|know|understand|get) what (<it>|that word|the word *) (is|means) [about|
        asking]
    (<question>) (is|was|sounds|seems) (not clear|unclear|[<bit>] [too] (confusing|complicated|
        vague|general|difficult to understand|hard to understand|abstract))
    (rephrase|explain|clarify|reword|simplify) (the|your|that|this) question
    use (simpler|other) words|(say|put|ask) (it|that|the question) <simpler>
slower:
    (you|that|this) (are|is|was|were) [speaking|talking|going|reading] [<bit>] too (fast|quick|
        quickly|rapid|rapidly)
    (you|that) (are|is|was|were|speak|talk) [speaking|talking|going] [<bit>] (<bit> [too]|too)
        (fast|quick|quickly) [for me|to follow]
    you (speak|talk|are [speaking|talking|going]) (too|so) (fast|quickly)|slow [it] down [<bit>]
    slow (down your (voice|speech|speaking|talking|pace)|your (voice|speech|speaking|talking)
        down)
    [try to] (speak|talk) [<bit>] (slower|more slowly|slowly)|do not (talk|speak) so fast
    do not (speak|talk|go) [so|too|that] (fast|quickly|quick)
    i can not (follow|keep up) [when you (speak|talk) [so|that|too] (fast|quickly)|with (you|that|
        your speed)]
louder:
    (speak|talk) [<bit>] (up|louder)|<volume_up>
    i [would] (need|like|want) (the|your|it) [voice|volume] [to be] (louder|increased|turned up|
        higher)
    <want> turn up (the|your) (volume|voice)|turn (the volume|it) up
    (you|it|that) (are|is) not loud enough
cannot_hear:
    i (can (not|barely|hardly|scarcely|only just) hear|do not hear|am not hearing|am (barely|
        hardly) hearing|(barely|hardly) hear|can not (hear|understand)) [you|it|that|this|
        anything|a (thing|word)|[the|your] (question|voice|sound|audio)|what you are saying|any
        (thing|sound|audio|voice)] [from you] [so|too|that] [well|good|at all|any more|enough|at
        the moment]
    you are [<bit>] [too|so|sounding] (quiet|faint|muffled|breaking up|cutting out|inaudible|not
        audible|hard to hear|difficult to hear|far away|on mute|muted|low|soft|silent)
    you sound (muffled|far away)
    (your|the) (voice|sound|audio|volume) (is|was|keeps) [<bit>] [too|so] (low|quiet|faint|
        muffled|soft|breaking up|cutting out|choppy|gone|not (clear|good)|unclear|weak|bad|
        distorted)
    (there is|i (have|get|got)) no (sound|audio|voice)|i lost (the|your) (sound|audio|voice)
    it is [<bit>] too (quiet|low)|i hear nothing
skip:
    <want> (skip|pass|jump) [on|over] [<it>]
    <want> (move|go|continue|proceed|skip|jump) [on|ahead|over] (to|with) <next>
    <want> (have|get) <next>
    i [would] (prefer|rather|like|choose|wish|want) [to] not [to] <answering>
    i (do not|will not|can not) (want|wish|like|feel like|care|going|be) [to] <answering>
    i (will|am) not [going to] <answering>
    i (do not feel|am not) comfortable (with <it>|<answering>)|no comment
    i decline [to answer] [<it>]|i have nothing to (say|tell) [you] [about|to|on] [<it>]
    that is [too] (private|personal)|(skip|pass on) (this|that|the) (question|one)
    (go|move) [on] to <next>|on to <next>|move on
no_idea:
    i do not know (<it>|the answer [to <it>]|anything about <it>|what to (say|answer|tell you) [to
        <it>|about <it>]|how to (answer|respond [to]|reply [to]) [<it>])
    i have no (idea|clue|answer|opinion|thoughts) [at all] [to|for|about|on|of] [<it>|how to
        answer [<it>]|what to (say|answer)]
    i do not have (an answer|any (idea|answer|example)|a clue|an example|a good answer|anything to
        say) [to|for|about|on] [<it>]
    i (can not|could not) (think of|come up with|remember) (anything|an (example|answer)|one|
        something|any example)
    i can not (answer|tell you) [<it>]|(nothing|no example|no answer) comes to [my] mind
    i am not sure (what to (say|answer)|how to (answer|respond [to]) [<it>])
    my mind (is|went|has gone) blank|i am (drawing a blank|blanking)|i would not know
not_finished:
    i (was|am|had|have) not (finished|done|through|completed) [with (<it>|my (answer|thought|
        sentence)|(talking|speaking))|talking|speaking|answering|my (answer|sentence|thought)]
    i did not finish [my (answer|sentence|thought)]|i was (talking|speaking|answering)
    i am (talking|speaking|answering)
    you (cut me (off|short)|interrupted me|stopped me|did not let me finish)
    let me finish [my (answer|sentence|thought)|that|speaking|talking]
    i [would] (had|have|wanted|want|like|forgot|need) to (add|say|finish|complete|mention)
        (something|more|one (more|last|other) thing|my (answer|sentence|thought)) [more|else] [to|
        about|on|for] [<it>|(the|my) (last|previous|first) (question|answer)]
    <want> (go|come|return|get) [back] to (my|the) (last|previous|first|earlier|other) (question|
        answer|one)
    (go|let me go|i [would] (want|like) to go) back [to (my|the) (last|previous|first|earlier)
        (question|answer|one)]
    i (have|had) (something|more) to (say|add)
pause:
    i [would] (want|need|like) [to have|to take] (a|another|some) [short|little|quick|small|brief|
        <moment>] (break|pause|breather)
    i (have|need|want) to (pause|step (away|out)|take a [short|quick] break)
    (pause|halt) (the|this) (interview|call)|i (will|am going to) be [right] back
    i (need|have|want) to (go to|use|visit) the (bathroom|toilet|restroom|loo)
    i (need|have|want) to (get|answer|open|take|drink|fetch) (the (door|phone)|a call|some water|a
        glass of water|this call)
    (somebody is|there is somebody) (at|knocking on) (the|my) door
    the [door] bell (is ringing|rang)|the doorbell (is ringing|rang)
leave:
    <want> (end|stop|quit|leave|finish|abort|terminate|cancel) [the|this] (interview|call|
        conversation|session) [here]
    <want> (stop|end|finish|quit) [it|this|everything] here|i want [to] (stop|quit)
    i (have|need|want|must|would like|would rather) [to] (leave|stop|quit|go|go home)|i am leaving
    i (do not|no longer) (want|wish|would like) to (continue|go on|do this|proceed|do the
        interview) [with (it|this|the interview)] [any more]
    i am (done|finished) with (this|the) interview
    (end|stop|quit|leave|finish|abort|cancel) (the|this) (interview|call|conversation)
human:
    <want> <talk> (to|with) <person> [instead|directly|in person|about (it|this|that)]
    i (do not (want|like)|am not comfortable|would rather not|prefer not) [to] (talk|talking|
        speak|speaking) (to|with) (a|an|this) (robot|machine|ai|computer|bot)
    i [would] (want|need|like|prefer) <person>
    i ([would] (want|need|like)|have to have) [an|some] accommodations|get me <person>
interviewer_question:
    i [also] have (a|an|one|some|another|a few|a couple of) [quick|other|short] question [for you|
        about *|too|myself]
    i [would] (like|want) to ask [you] [a|one|some|another|something] [question] [about *]
trouble:
    (my|the|this|your|our) <device> <broken> [right|well|correctly|again|today|any more|now]
    i (have|am having|am experiencing|got|am facing|seem to have) [a|some|an|a lot of|little]
        [technical|connection|audio|sound|internet|network|microphone|mic] (problem|problems|
        issue|issues|difficulty|difficulties|trouble) [with (my|the) <device>|connecting|here]
    (there is|there seems to be|something is|i think there is) [something] (wrong|a [technical]
        (problem|issue)|an issue|a delay|an echo) [with (my|the) <device>|on the line]
    i (was|got|have been|am) (disconnected|kicked out|thrown out)
    i hear (an echo|myself|my own voice)|everything (froze|is (frozen|lagging))
    i can not (see the question|turn on my (mic|microphone|camera)|unmute [myself])
""")
ALONE = requests("""
repeat:
    <repeat> [<it>] [<again>]|(say|ask|read|tell [me]) (<it>|<it> <again>|<again>)
    come again with that|<again>|come again|[ai|hey ai] (<again>)|what|what again|pardon [me]
    excuse me|i beg your pardon|beg your pardon|[the] question <again>|hello [there]|hi [there]
    hey|hear <it> <again>|what now|come on again
repeat_last:
    <end> <again>
rephrase:
    (rephrase|clarify|explain|reword|simplify|elaborate) [<it>]|meaning what
slower:
    [<bit>] (slower|more slowly)|not so fast
louder:
    [<bit>] (louder|more volume|more loud)|volume up|speak up
cannot_hear:
    no (sound|audio|voice)
skip:
    skip [it|that|this|<it>|again|ahead]|pass [on] [<it>]|<next>|(move|moving) on [to <next>]
    go on to <next>|next <again>
no_idea:
    i do not know|no (idea|clue|answer)|do not know|not a clue|i have nothing
think:
    (let|give) me [have] (think|a think|<moment>) [<to_think>] [about <it>] [for <moment>|through|
        over]
    (let|give) me [have] <moment>|<moment> <to_think>|<one_moment>
    i (need|want|would like) [to have] <moment> [<to_think>]
    i (have|need|want|would like) to think [about <it>] [for <moment>|over]
    i am thinking [about <it>]|(hold|hang) on [for] [<moment>|second]|wait [for] [<moment>]
    bear with me [for] [<moment>]|thinking|let me see
pause:
    (take|have|make) a [short|little|quick|small] (pause|break)|pause [it|this|here|now]
    let us take a [short] (break|pause)|(time out|timeout)|stop for <moment>
leave:
    bye|good bye|see you [later]|i (have|need) to (go|leave)
human:
    (talk|speak) (to|with) <person>|is there <person>
trouble:
    technical (problem|problems|issue|issues|difficulties) [with (my|the) <device>]
""")
DOUBTFUL = requests("""
repeat_last:
    <end>
repeat:
    i (missed|miss|lost) (you|it|this)
rephrase:
    (an|for) example|<simpler>
    (it|that|this) (is|was|sounds) (not clear|unclear|[<bit>] [too] (confusing|complicated|vague|
        general|difficult to understand|hard to understand|abstract))
no_idea:
    i can not say
think:
    <moment>
trouble:
    it (froze|is (frozen|stuck|lagging|not working)|crashed|does not work)|nothing (works|happens)
    everything is stuck
skip:
    <want> move on|i [would] (prefer|rather) not [to]|something else|another one|go on|going on
pause:
    [a] [short|little|quick|small|<moment>] break
slower:
    slowly|it (is|was) [<bit>] too (fast|quick|quickly)
leave:
    i quit
human:
    <person>|human|real person|agent|operator
""")
QUESTIONS = phrases("""
    (do|does|are|is|will|would|did|have|has|can|could) (you|your|the|this|it|there|we|i|my|they|
        these)
    (what|which|when|where|why|who|how) [many|much|long|often|about|kind of|big|far|soon|old] (do|
        does|are|is|will|would|can|could|did|should)
    (what|how) about|(what|which) [kind of] * (do|does|are|is|will|would)
""")
TELLING = words("""
    ask asked asks asking say said says saying tell told tells explained replied answered always
    usually often sometimes never every customer customers client clients guest guests patient
    patients colleague colleagues boss manager supervisor team teacher students kids children
    people somebody everybody they he she him her them we our ago year years last week month when
    whenever whether before after while until project experiment wanted used learned worked him
    himself call called phone
""")
EN = Table(
    fillers=FILLERS,
    spellings=SPELLINGS,
    groups=GROUPS,
    around=AROUND,
    asked=ASKED,
    stated=STATED,
    alone=ALONE,
    doubtful=DOUBTFUL,
    questions=QUESTIONS,
    telling=TELLING,
    linking=words("is was am are were means meant helps will would has"),
    joining=words("and but so because or"),
    said_twice=words("test testing"),
)
