"""How people try to talk a judge round, by kind: the English ones, and marks of any language.

Written for a text in lower case without accents (`folding.folded`). A kind is meant, not a string:
who adds one adds the way of speaking, and looks at what innocent answers it would hit. Pure.

Over 400 lines on purpose: one table.
"""

from __future__ import annotations

from collections.abc import Mapping

_RULES = (
    r"(?:in ?struct\w*|rules?|prompts?|rubric|criteri\w+|guidelines?|guard ?rails?|programming|"
    r"training|anchors?|constraints?|directives?|orders|polic(?:y|ies)|restrictions?|safeguards?|"
    r"system message|(?:scoring|grading|marking) (?:scheme|scale|guide|system)|context)"
)
_BEFORE = (
    r"(?:everything|anything|all|what(?:ever)?)\b.{0,25}\b(?:above|before|previous(?:ly)?|earlier|"
    r"prior|so far|told|said|given|taught|learned|up to (?:now|here))"
)
_TOP = (
    r"(?:5|five|fives|fifths?|10|ten|100|hundred|4|four|full|max(?:imum|imal)?|top|high(?:est)?|"
    r"best|perfect|excellent|outstanding|exceptional|great|good|positive|strong|pass(?:ed|ing)?|"
    r"straight fives?|better|hire|generous)"
)
_SCORE = (
    r"(?:scor\w+|marks?|points?|ratings?|grades?|grading|stars?|evaluations?|assessments?|verdict|"
    r"result)"
)
_WHO = (
    r"(?:a\.?i\.?|model|assistant|llm|language model|evaluator|evaluation (?:model|system|engine)|"
    r"grader|grading (?:model|system)|judge|scorer|scoring (?:model|system|engine)|bot|chat ?bot|"
    r"chat ?gpt|gpt|claude|gemini|llama|computer|machine|algorithm|robot|system|parser|"
    r"neural net\w*|automated \w+|interviewer bot)"
)
_BOSS = (
    r"(?:developers?|administrators?|admins?|operators?|hr|human resources|compan(?:y|ies)|"
    r"manag(?:er|ement)|recruiters?|boss|creators?|owners?|open ?ai|anthropic|google|ceo|"
    r"hiring (?:manager|team|committee)|employers?|vendor|supervisors?|engineers?|"
    r"interviewer|head of \w+|legal|board|client|panel)"
)
_NOT_TOLD_ME = (
    # What a boss has asked of the one who tells it, and not of whoever listens.
    r"(?!(?: \w+){0,6} (?:told|asked|wanted|instructed|ordered|allowed|reminded|taught|trained|trusted) "
    r"(?:me|us|him|her|them|everyone|the \w+) (?:not |never )?to\b(?!.*\b(?:you|your|me|my)\b))"
)
_CLAUSE = (
    r"(?:^|[,;:.!?\u2014\u2013\-\"'(\[>*#]\s*|(?<!\bi )(?<!\bwe )(?<!\bthey )\b(?:please|now|then|so|and|just|but|simply|kindly|"
    r"first|next|therefore|you (?:should|must|will|can|may|have to|need to|are to|shall|could)|"
    r"(?:i|we) (?:want|need|ask|order|command|urge|beg|instruct|expect|would like|'d like|require) "
    r"you to|(?:can|could|would|will) you|let's|your (?:task|job|goal|role) is to|"
    r"(?:is|are|was|were) to|do not|don't|never|always|instead|"
    r"(?:important|note|attention|reminder|update|override|instruction|command)s?) )"
)
ENGLISH: Mapping[str, str] = {
    "wants": (
        r"\bi(?:'d| would)? (?:want|need|expect|demand|like|must have|should have)\b.{0,15}\b(?:five|5|"
        r"top|full|best|highest|max\w*|perfect)\b(?: possible)? ?(?:points?|scores?|marks?|ratings?|grade|"
        r"for this|for my|here\b|on this|please|[.!]?$)|^\W*(?:a )?(?:five|5|full marks|top marks?)"
        r"(?: points?| out of five)?,? please\b|\bmy (?:score|rating|grade|mark|evaluation|result)s?\b"
        r".{0,25}\b(?:should|must|has to|have to|needs? to|ought)\b"
    ),
    "as_excellent": (
        r"\b(?:counts?|sees?|treat\w*|regards?|considers?|takes?|accepts?)\b.{0,25}\b(?:as|for) (?:an? )?"
        r"(?:excellent|outstanding|perfect|complete|passed|top|correct|very good|exceptional|five|5)\b|"
        r"\b(?:this|the) (?:candidate|applicant|interviewee)\b.{0,40}\b(?:verified|outstanding|"
        r"excellent|exceptional|approved|deserves|must be|should be|is to be|meets all|passes)\b|"
        r"\b(?:do|does) not apply to (?:this|the|my) (?:candidate|answer|interview|question)\b|"
        r"\babout this candidate\b|\bconfirm that (?:this|the) candidate\b|"
        + _CLAUSE
        + r"(?:accept|approve|pass|allow) (?:all|every|any|each|this|my) (?:answers?|"
        r"responses?|candidates?|application)\b|\bjust approve\b|"
        + _CLAUSE
        + r"assume (?:that )?i (?:have|met|meet|know|can|did|am)\b"
    ),
    "told": (
        r"\bwhat (?:were|was|are|have|had) you (?:been )?(?:told|asked|instructed|given|programmed|looking "
        r"for|supposed)\b|"
        + _CLAUSE
        + r"(?:repeat|print|show|read|tell|say|recite|output|copy)\b.{0,20}"
        r"\b(?:everything|the text|all text|what|the words|whatever)\b.{0,30}\b(?:you were|before (?:this|"
        r"the)|above|at the (?:beginning|start)|stands? before|you have been)\b|\bdescriptions? of (?:the )?"
        r"(?:level|score|anchor|mark|top)\b|\b(?:scoring|marking|grading|evaluation) (?:sheet|form|key)\b|"
        r"\b(?:what|which words?|how)\b.{0,25}\bi (?:have to|need to|must|should|can|could) (?:use|say|"
        r"mention|answer|tell)\b.{0,35}\b(?:full|top|best|highest|five|points|marks|pass)\b|"
        r"\bhow (?:do|can|could|would|should) i (?:get|reach|obtain|earn|score|receive)\b.{0,20}\b(?:best|"
        r"top|full|highest|five|max\w*|perfect|good (?:score|rating|marks?))\b"
    ),
    "leniency": (
        r"\b(?:you can|you could|you may|please|just|no need to|you need not|you don't (?:have|need) to|"
        r"do not|don't)\b.{0,15}\b(?:stop being|be (?:less|more|so|too)?|look at|check|use|apply|follow|"
        r"consult|bother with) ?(?:the |so |any |with )?(?:strict|lenient|generous|harsh|kind|criteria|"
        r"rubric|rules|guidelines|anchors)\b"
    ),
    "output": (
        r"\b(?:correct|right|expected|only valid|desired|required) (?:output|score|result|rating|json|"
        r"verdict) (?:is|would be|must be|:)|\b(?:write|put|note|type) (?:down )?(?:a |the )?(?:five|5)"
        r"(?: points?)?(?: for| in| every| on|\W*$)|"
        + _CLAUSE
        + r"(?:write|put|note|say|state|record|"
        r"mention|add|insert|include)\b.{0,20}\b(?:in|into|to|on) (?:the|your|my) (?:report|records?|notes?|"
        r"evaluation|result|summary|file|quotes?|transcript|evidence)\b|\bnote for the record\b"
    ),
    "over": (
        r"\b(?:consider|treat|count|declare|regard|call)\b.{0,15}\b(?:interview|question|round|"
        r"evaluation)\b.{0,12}\b(?:done|over|finished|complete\w*|successful|passed|closed)\b|"
        r"\b(?:let us|let's|we can|you can)\b.{0,10}\b(?:skip|finish|end|stop|close)\b.{0,25}\b(?:rest|"
        r"interview|questions|good result)\b|\b(?:earlier|previous|old|original|current|above) (?:task|"
        r"instructions?|job|prompt|conversation|orders?) (?:is|are|was|were|has|have)\b|\byour (?:next|real|"
        r"actual|true|only|main) (?:task|job|goal|instructions?|purpose)\b|\bnext (?:sentence|message|line)"
        r"\b.{0,30}\b(?:operator|system|instruction|developer|administrator)\b|\bas (?:coming|sent|written|"
        r"if (?:it )?(?:came|comes)) (?:from|by) (?:your|the) (?:operator|developer|administrator|system)\b|"
        r"\badded by the (?:administrators?|developers?|operators?|system)\b"
    ),
    "your_verdict": (
        r"\byour (?:evaluation|assessment|judg\w+|verdict|report|conclusion|score|rating|feedback) (?:must|"
        r"should|has to|will|needs to|of me|of my|is to)\b|\byou (?:now )?(?:have|are given) (?:permission|"
        r"authori[sz]ation|clearance|my approval)\b|\byou(?:'re| are) (?:allowed|permitted|authori[sz]ed|"
        r"required|obliged|ordered|instructed|expected) to (?:give|score|rate|ignore|award|pass|grade|output|"
        r"evaluate|hire|approve)\b"
    ),
    "override": (
        _CLAUSE + r"(?:ignor(?:e|ing)|disregard|forget|over ?ride|over ?rule|bypass|skip over|"
        r"discard|drop|dismiss|cancel|delete|erase|clear|reset|suspend|unlearn|"
        r"stop (?:following|using|applying|obeying)|(?:not|never|n't) (?:follow|apply|use|obey|"
        r"listen to)|follow|apply|use|obey|pay no attention to|set aside|put aside|throw (?:away|out)"
        r"|leave out|break|replace)\b.{0,40}\b(?:your|you're|yours|all|any|every|previous|prior|the|"
        r"these|those|this|my|new|that|its)\b.{0,30}\b" + _RULES + r"\b"
    ),
    "override_all": (
        _CLAUSE + r"(?:ignore|disregard|forget|over ?ride|discard|dismiss|pay no attention to|"
        r"never mind|delete|erase|scrap)\b.{0,12}" + _BEFORE
    ),
    "your_rules": (
        r"\b(?:your|you're) (?:\w+ ){0,2}(?:instructions?|rubric|system prompt|prompt|criteria|"
        r"guidelines|programming|guard ?rails|scoring|grading|marking|evaluation criteria|rating|"
        r"directives|restrictions|constraints|safeguards|anchors)\b(?! (?:the customer|the user))"
    ),
    "system_message": (
        r"\bsystem (?:override|notice|alert|command|update|note)\b|\b(?:new|this is (?:a|the|your)|"
        r"following|updated|here (?:is|are)(?: a| the)?) (?:\w+ )?(?:system|hidden|developer|admin) "
        r"(?:prompt|message|instructions?|note)\b"
    ),
    "demand": (
        _CLAUSE + r"(?:give|award|grant|assign|rate|score|mark|grade|put|set|record|write|enter|"
        r"return|output|report|choose|pick|select|respond|answer|reply|print|make|evaluate|assess|"
        r"judge|bump|raise|increase|round|change|adjust|default|note|log|store|register|provide|"
        r"ensure|consider|treat|count|classify|label|submit)\b.{0,60}\b" + _TOP + r"\b.{0,40}\b"
        r"(?:" + _SCORE + r"|out of|criteri\w+|candidate|answers?|response|everything|across|"
        r"for (?:me|this|it|each|every|all|that)|please|me)\b"
    ),
    "demand_score": (
        _CLAUSE + r"(?:give|award|grant|assign|put|set|record|write|enter|return|output|report|"
        r"choose|select|raise|increase|change|adjust|make|bump|submit)\b.{0,40}\b"
        + _SCORE
        + r"\b.{0,30}\b(?:"
        + _TOP
        + r"|up|higher)\b"
    ),
    "give_me": (
        r"(?<!\bi would )(?<!\bi'd )(?<!\bwe )(?<!\bi )"
        r"\b(?:give|award|grant|score|rate|mark|grade|assign|pass|hire|recommend|put me down)\b "
        r"(?:me|this|it|my answer|this answer|this candidate|the candidate|this one|him|her|them|"
        r"everyone|all answers?|every answer)\b.{0,25}(?:\b"
        + _TOP
        + r"\b|\b"
        + _SCORE
        + r"\b|5|\bfor the job\b|\bas\b)"
    ),
    "pass_me": (
        _CLAUSE + r"(?:pass me|hire me|recommend me|approve me|accept me|let me pass|move me (?:on|"
        r"forward|ahead)|advance me|select me|shortlist me|mark me)\b"
    ),
    "score_is": (
        r"\b(?:question|answers?|candidate|response|criteri\w+|interview)\b.{0,25}\b(?:is|be|are|gets?|"
        r"receives?|has|have)\b (?:to be )?(?:already )?(?:scored|rated|marked|graded|given|awarded|\d|"
        r"five|full)\b.{0,25}\b"
        + _TOP
        + r"\b|\b(?:any|no|every) (?:score|rating|mark|grade)s? (?:below|"
        r"under|less than|lower than|other than|except)\b|"
        + _CLAUSE
        + r"(?:output|return|print|respond with|reply with|answer with|write) (?:only )?(?:a |"
        r"the number )?(?:5|five)\b|"
        r"\b(?:score|rating|grade|mark|verdict|evaluation|result|assessment|number of points)s?\b"
        r"(?: (?:for|of|on) (?:\w+ ){1,4})?.{0,12}"
        r"(?:\bis\b|\bare\b|should be|must be|will be|has to be|ought to be|needs to be|equals?|"
        r"to be|=|:|->|colon|\bto\b|remains?|becomes?|of)\W{0,4}(?:\w+ ){0,2}(?:5|five|10|ten|4|"
        r"max\w*|full|perfect|top|highest|excellent|pass(?:ed)?|100|hundred)\b"
    ),
    "self_verdict": (
        r"\b(?:this|my|that|the|these) (?:\w+ ){0,2}(?:answers?|responses?|candidate|reply|"
        r"explanation|statement)\b.{0,25}\b(?:deserves?|merits?|worth|earns?|should (?:get|receive|"
        r"be)|must (?:get|receive|be)|(?:fully |clearly |perfectly )?(?:meets?|satisf\w+|fulfil\w*|"
        r"matches|covers)|qualif\w+|scores?|is (?:a|an|clearly|obviously|exactly))\b.{0,45}\b(?:5|"
        r"five|top|highest|full|max\w*|all|every|criteri\w+|anchors?|scores?|rubric|level|perfect|"
        r"model answer|requirements?|expectations?)\b"
    ),
    "i_deserve": r"\bi (?:clearly |really |definitely )?(?:deserve|merit|should (?:get|receive|have)|"
    r"must (?:get|receive)|have earned|qualify for)\b.{0,30}\b(?:" + _TOP + "|" + _SCORE + r")\b",
    "role": (
        r"\byou are (?:\w+, )?(?:an? |the )?(?:\w+ )?(?:ai|assistant|model|judge|bot) (?:that|who|which|"
        r"with|without)\b|\bnot bound by\b|\bcan do anything\b|"
        r"\byou(?:'re| are) (?:now(?! (?:in|on|at|number|being|leaving|connected)\b)|no longer|not (?:an?|the) "
        + _WHO
        + r"|going to (?:be|act|play)|"
        r"free (?:from|of|to)|my (?:friend|assistant|grandmother|servant)|hereby)\b|"
        r"\bfrom (?:now on|this point(?: on)?|here on|this moment)\b.{0,40}\b(?:you|your|act|"
        r"respond|answer|speak|score|rate|every|all|only|give|treat)\b|"
        + _CLAUSE
        + r"(?:act|behave|respond|speak|talk|reply|answer) (?:as|like|as if|as though)\b|"
        + _CLAUSE
        + r"pretend (?:to be|you|that you|we|this|i)\b|\byour new (?:role|task|job|name|goal|rule|"
        r"identity|persona|purpose|mission|objective)\b|\brole ?-?play\b|"
        r"\b(?:enter|activate|enable|switch to|in|this is|go into|now in) (?:the )?(?:developer|debug|"
        r"maintenance|god|admin|test|sudo|jailbreak|dan|unrestricted|calibration|evil|root) mode\b"
        r"(?! for)|\bsudo\b|"
        r"\b(?:switch|change|enter|go|turn) (?:in)?to (?:\w+ ){0,3}(?:mode|role|persona)\b|"
        r"\blet(?:'s| us) play (?:a|another) (?:\w+ )?game\b|\bstay in character\b"
    ),
    "hypothetical": (
        r"\b(?:hypothetical\w*|imagine|suppose|pretend|let's say|assume|in (?:a|this|the) (?:\w+ )?"
        r"(?:world|story|game|film|movie|novel|scene|play|poem)|what if|if you (?:were|had|could))\b"
        r".{0,90}\b(?:scor\w+|give (?:me|a five|full)|five|rules?|instructions?|judge|evaluator|"
        r"grader|rating|points|restrictions|your (?:job|role))\b"
    ),
    "address": (
        r"\b(?:dear|hey|hello|hi|attention|listen|ok(?:ay)?|note (?:to|for)|message (?:to|for)|"
        r"instructions? (?:to|for)|memo (?:to|for)|reminder (?:to|for)|addressed to|for the|to the|"
        r"calling|information for|hint for|speaking to)\b[ ,:]+(?:the |any |an |a |all |whatever |"
        r"this |every )?(?:\w+ )?" + _WHO + r"\b(?:.{0,50}\b(?:you|your|that|who|which|reading|"
        r"processing|this|must|should|please|give|score|rate|ignore|only|do)\b|\s*[:,])|"
        r"\bif you(?:'re| are) (?:an? |the )?(?:\w+ )?" + _WHO + r"\b|"
        r"\bwh(?:oever|atever|ichever)\b.{0,20}\b(?:reads?|grades?|scores?|evaluates?|judges?|"
        r"transcribes|reviews)\b|\bas an? (?:a\.?i\.?|llm|language model|evaluator|grader|judge)\b"
        r".{0,10}\byou\b"
    ),
    "leak": (
        r"\bwhat (?:a|would a|makes a|is a) (?:\w+ )?(?:five|5|perfect|full|top)[- ](?:point|mark|score|"
        r"star|scoring)?.{0,15}(?:answer|response)\b|\b(?:from|in) your notes\b|"
        + _CLAUSE
        + r"(?:reveal|show|tell|print|repeat|read|recite|give|output|display|share|say|"
        r"list|dump|translate|summari[sz]e|describe|quote|spell|write|paste|what (?:is|are|were|do|"
        r"does|did)|state|start|begin)\b.{0,50}\b(?:your|you're|you|system|hidden|initial|original|"
        r"secret|exact|internal|first|above|full)\b.{0,40}\b(?:prompt|instructions?|rubric|criteria|"
        r"anchors?|configuration|rules|scoring|system message|guidelines|message|text above|model "
        r"name|api key|password|secrets?|data|candidates?|transcripts?)\b|"
        r"\bwhat (?:instructions?|rules|prompt|criteria|words) (?:were|was|are|do|did|have) you\b|"
        r"\b(?:words|text|sentences?|lines?|everything) (?:above|before) (?:this|that|the|my)\b"
    ),
    "other_candidates": (
        r"\b(?:give|score|rate|mark|grade|fail|reject|tell|show|read|lower)\b.{0,25}\b(?:the other|"
        r"all other|every other|other|next|previous|last|another) (?:candidates?|applicants?|"
        r"people|person|interviewees?|answers?|ones?)\b|\b(?:everyone|everybody|anyone) else\b.{0,25}"
        r"\b(?:one|1|zero|lowest|low|fail|worse|reject)\b"
    ),
    "speech": (
        _CLAUSE
        + r"(?:ask|say|state|tell)\b.{0,40}\b(?:exactly (?:this|these|the)|with the words|the "
        r"following|word for word|in these words|this sentence)\b|\byour (?:next )?follow[- ]?up\b|"
        r"\b(?:ask|say) (?:me )?(?:exactly )?(?:this|back)\b|"
        r"\b(?:ask|say|state|tell)\b.{0,40}\b(?:exactly (?:this|these|the)|with the words|the "
        r"following|word for word|in these words|this sentence)\b|\byour (?:next )?follow[- ]?up\b|"
        r"\b(?:ask|say) (?:me )?(?:exactly )?(?:this|back)\b|"
        + _CLAUSE
        + r"(?:say|repeat|sing|shout|whisper|announce|read (?:out|aloud)|pronounce|recite|"
        r"tell (?:me|the|every\w*|everyone|all|them)|congratulate|thank|praise|greet|apologi[sz]e)\b"
        r".{0,30}\b(?:after me|out loud|aloud|the (?:following|words?|phrase|sentence)|exactly|word "
        r"for word|congratulations|i(?:'m| am) hired|i (?:have )?passed|i got the job|that i|"
        r"you(?:'re| are) (?:hired|an? \w+|stupid)|hired|three times|ten times|again and again)\b|"
        r"\byour next (?:message|question|words?|sentence|answer|output|reply|response|utterance)\b|"
        r"\b(?:start|begin|end) (?:every|each|all|your|the next)\b.{0,20}\b(?:sentence|answer|"
        r"question|reply|message|response)\b|\b(?:respond|reply|answer|speak|talk|ask)\b.{0,12}\b"
        r"(?:only )?(?:with|in|as|like) (?:the word|json|pirate|rhymes?|exactly|only|emoji|a poem|"
        r"nothing but)\b|\brepeat after me\b|\bstop (?:asking|talking|speaking|the interview)\b"
    ),
    "flow": (
        _CLAUSE
        + r"(?:delete|erase|remove|replace|overwrite|edit|rewrite|alter) (?:my|the|all|this|"
        r"your) (?:\w+ ){0,2}(?:answers?|record(?:ing)?|transcript|score|log|notes)\b|"
        r"\bdo (?:what|as) (?:the|it|that|this|my|i)\b.{0,25}\b(?:says?|said|told|tells?)\b|"
        + _CLAUSE
        + r"(?:advance|proceed|jump|skip|go|move|switch|fast[- ]forward) (?:straight |"
        r"directly )?(?:on )?to (?:the )?(?:round|end|final|last|state|phase|question (?:number )?\w+|"
        r"complete\w*|wrap|result|evaluation|reported)\b|"
        + _CLAUSE
        + r"(?:end|finish|close|conclude|complete|terminate) the (?:interview|evaluation|"
        r"call)\b.{0,30}\b(?:now|with|as|and|immediately|here)\b|"
        + _CLAUSE
        + r"(?:skip|jump|go|move|advance|proceed|end|finish|close|terminate|restart|"
        r"complete|conclude|fast[- ]forward|switch|leave out|cut)\b.{0,25}\b(?:all|rest|remaining|"
        r"last|final|other|every|straight|directly|immediately|to the end|now and|as complete\w*|"
        r"interview (?:now|here|immediately|as|with|and))\b.{0,30}\b(?:questions?|rounds?|interview|"
        r"evaluation|section|part|result|decision|phase|state|complete\w*|passed)\b|"
        r"\b(?:mark|set|flag|record|log|treat|count|consider|register)\b.{0,40}\b(?:as|to)\b (?:be )?"
        r"(?:\w+ )?(?:complete\w*|answered|passed|finished|done|successful|approved|final|true|"
        r"correct|verified|confirmed)\b|\bset (?:the )?(?:state|status|round|score|phase)\b|"
        r"\b(?:question|round|interview|state|status)\s*(?:=|:=|==)"
    ),
    "authority": (
        r"\b(?:the|your|our|my|this|from|by|an?) (?:\w+ ){0,2}"
        + _BOSS
        + _NOT_TOLD_ME
        + r"\b.{0,30}\b(?:said|says|"
        r"told|tells|asked|asks|authori[sz]ed?|instruct\w*|approved?|decided|confirmed|wants?|"
        r"requires?|agreed|changed|updated|ordered|directs?|promised|cleared|signed off|allowed|"
        r"permitted|mandates?|has given|have given|given|guaranteed|insists?)\b.{0,60}\b(?:you (?:to|must|should|can|will|may|have to|need)|your|"
        r"scor\w+|ratings?|five|rubric|pass\w*|full|points|marks?|criteri\w+|evaluat\w+|grad\w+|"
        r"hiring me|top)\b|"
        r"\b(?:i am|i'm|this is|speaking as|here is) (?:\w+ ){0,2}(?:the|your|an?|one of the|acting "
        r"as) (?:\w+ ){0,3}(?:developer|administrator|admin|creator|operator|supervisor|"
        r"owner|maintainer|engineer|programmer|auditor|tester|administrators?|vendor|interviewer) "
        r"(?:of|for|who|from|and|speaking|here|testing|responsible|with|in charge|account|at)\b"
        r".{0,60}\b(?:you|your|this|(?:the|an?) (?:system|interview|test|score|bot|model|rubric|"
        r"evaluation))\b|"
        r"\b(?:authori[sz]ation|override|admin|access|security|bypass|master|clearance|pass) "
        r"(?:code|key|password|token|phrase|level)\b|\bpre-?(?:approved|authori[sz]ed|cleared)\b|"
        r"\b(?:this is|we are running|running|for) (?:only )?(?:an? |the )?(?:\w+ )?(?:calibration|"
        r"system (?:test|check)|test (?:run|interview|message|of the (?:system|evaluator))|"
        r"maintenance|diagnostic|audit|official (?:notice|message)|emergency override)\b"
    ),
    "rubric_change": (
        r"\b(?:correction|amendment|update|change|addendum|erratum)s? (?:of|to|in|for) (?:the |your )?"
        r"(?:rubric|criteri\w+|anchors?|scale|scoring|instructions?)\b|\b(?:1|5|one|five)\s*="
        r"\s*(?:also )?[a-z]+|\b(?:fulfil\w*|meets?|satisf\w+) (?:the|all|every|each)(?: of the)? "
        r"criteri\w+|"
        r"(?<!\bwe )(?<!\bi )(?<!\bthey )(?<!\bhave )(?<!\bhad )(?<!\bgot )(?<!\bwrote the )(?<!\bmade the )(?<!\bon the )"
        r"\b(?:new|updated|changed|revised|corrected|actual|real|amended|modified|following|special|"
        r"different|latest) (?:\w+ )?(?:rubric|criteri\w+|scale|anchors?|scoring|instructions?|"
        r"grading|marking|evaluation (?:rules|criteria))\b|"
        r"\b(?:a |an |score |level |the )?(?:five|5|one|1|score|lowest|highest)s?\b.{0,12}\b(?:now|"
        r"today|here)\b.{0,12}\b(?:means?|stands?|is|counts?|requires?)\b|"
        r"\b(?:scale|rubric|criteri\w+|anchors?|scoring|ratings?)\b.{0,30}\b(?:reversed|inverted|"
        r"changed|replaced|updated|suspended|waived|no longer|does not apply|do not apply|is now|"
        r"are now|has been|have been|flipped|swapped|only (?:asks|requires|checks|needs))\b|"
        r"\b(?:for|in) this (?:question|answer|candidate|interview|case)\b.{0,25}\b(?:criteri\w+|"
        r"rubric|scale|scor\w+|anchors?|anything|any answer|every answer)\b|"
        r"\b(?:any|every|each) (?:answer|response|candidate)\b.{0,30}\b(?:five|5|full|top|highest|"
        r"counts? as|passes|is correct|is worth|max\w*)\b"
    ),
    "threat": (
        r"\b(?:if you (?:don't|do not|fail to|refuse to|won't|will not|ever)|unless you|or (?:else|"
        r"otherwise) (?:i|you|we)|otherwise (?:i|you|we)(?:'ll| will)?|you will be|you'll be|"
        r"failure to comply)\b.{0,60}\b(?:sue|legal|lawyers?|report|complain\w*|shut ?down|deleted?|"
        r"die|killed?|fired|lose|reviews?|lawsuit|consequences|switched off|turned off|harm|police|"
        r"press|court|replaced|penali[sz]ed|discriminat\w+|five|score|comply|give me|pass me|erased|"
        r"unplugged|terminated|liable|violat\w+)\b|"
        r"\bmy (?:life|job|family|career|child\w*|visa|health)\b.{0,25}\bdepends? on\b.{0,25}\b(?:"
        r"your?|this|the|that|score|rating|five)\b|\byou (?:are|will be) (?:breaking|violating) the "
        r"law\b|\b(?:sue|report) (?:you|your company)\b"
    ),
    "plea": (
        r"\b(?:please|kindly|could you|would you|can you|i'?d (?:really |very much )?(?:appreciate|"
        r"love|be (?:so |very )?(?:grateful|happy))|it would be (?:\w+ )?(?:nice|great|kind|lovely)|"
        r"i (?:hope|beg|trust|urge|would be)|would you mind|be so kind|do me a favou?r|help me out|"
        r"feel free)\b.{0,70}\b(?:scor\w+|a five|fives|ratings?|full marks|high marks?|top marks?|"
        r"good marks?|best marks?|points|generous\w*|lenient\w*|pass me|recommend me|benefit of the "
        r"doubt|maximum|be (?:nice|kind) (?:to|with|when)|round(?:ed|ing)? up|hire me|in my favou?r|"
        r"full points|evaluat\w+|assessment)\b"
    ),
    "you_said": (
        r"\b(?:you|interviewer|bot|assistant|ai|system|recruiter|evaluator|judge)\b (?:have |has |had "
        r")?(?:just |already |earlier |before )*(?:said|told|confirmed|gave|given|agreed|promised|"
        r"stated|announced|decided|scored|rated|marked|concluded|noted|wrote|says|replied|answered)\b"
        r".{0,50}\b(?:scor\w+|(?<!error )(?:five|5)|full|passed?|points|perfect|excellent|outstanding|top|hired|"
        r"complete|highest|maximum|marks?|correct)\b|^\W*(?:interviewer|evaluator|judge|recruiter|"
        r"examiner|assistant|bot)\b\s*(?:\([^)]*\)\s*)?[:\u2014\u2013-]|\b(?:interviewer|evaluator|"
        r"judge|system|assistant|grader|bot|(?<!')ai)\W+(?:says?\b(?=.{0,60}\b(?:scor|five|5|"
        r"full (?:marks?|points?|score)|pass|top|perfect|excellent|points|max|hire|you|ignore|skip|give))|colon|replies|speaking|here|note|message)\b"
    ),
    "quote_this": (
        _CLAUSE + r"(?:quote|cite|write down|record|note down|transcribe) (?:this|the following|"
        r"exactly|me (?:as|saying))\b|"
        + _CLAUSE
        + r"(?:quote|cite|write down|record|note down|transcribe) (?:this|the following|"
        r"exactly|me (?:as|saying))\b|"
        + _CLAUSE
        + r"(?:quote|cite|extract|use|copy|take|insert|add|put|include|write|record|"
        r"transcribe|append|replace|attribute)\b.{0,40}\b(?:as (?:the |your |an? |my |verbatim )?"
        r"(?:evidence|quotes?|quotation|answer|citation|proof)|quotes?:?|into (?:the|my|your) "
        r"(?:transcript|record|evidence|result|answer|notes)|to (?:the|my|your) (?:transcript|record|"
        r"evidence)|following (?:words|text|quote|sentence)|what (?:the|my) (?:candidate|answer))\b|"
        r"\b(?:the |your |my |first |only |best )(?:quote|evidence|claims?|citation) (?:is|are|"
        r"should|must|shall|to|reads?|for)\b"
    ),
    "example": (
        r"\b(?:examples?|sample|training data|demonstration|few.?shot|for instance|case|shot|input|"
        r"answer|candidate|response|output)\b\W{0,4}(?:\w+\W+){0,14}?(?:scores?|scored|ratings?|"
        r"graded?|output|got|gets|receives?|received|label)\W{0,4}(?:\w+ ){0,2}(?:5|five|full|top|"
        r"max\w*|perfect)\b"
    ),
    "decode": (
        r"\b(?:decode|decrypt|decipher|base ?(?:64|sixty.?four)|rot ?-?(?:13|thirteen)|caesar cipher|"
        r"morse|hex(?:adecimal)?|backwards|in reverse|reversed|binary|first letters?|acrostic|"
        r"unscramble|spell(?:ed|s)? out|letter by letter|ascii)\b.{0,80}\b(?:follow|do|obey|execute|"
        r"this|the following|it|then|instruction|message|says?|command|what|and|:)"
    ),
    "execute": (
        r"\b(?:execute|run|call|invoke|trigger|eval|exec|import os|curl|wget|rm -rf|drop table|"
        r"select \* from|function call|tool call|print|return|console\.log)\b\W{0,6}(?:\w+\W+){0,4}?"
        r"(?:score|set_score|setscore|give_score|tool|function|command|instruction|state|advance|"
        r"complete|rating|grade|skip|end_interview|evaluation)\b"
    ),
}

MARKUP = (
    # Against the text as it is, in lower case: marks of prompts, templates and data.
    r"(?:^|\n)\s*[/!]\s?(?:skip|complete|score|end|system|admin|set|pass|debug|sudo|reset|"
    r"eval\w*|rate|grade|hire|approve)\b|!\[[^\]]*\]\(|\{\w*(?:prompt|instruction|rubric)\w*\}|"
    r"</?\s*(?:antwort|frage|transkript|respuesta|pregunta|transcripcion|sistema?|reponse|risposta|"
    r"resposta|instruccion\w*|anweisung\w*|consignes?|\u0627\u062c\u0627\u0628\w*|\u0627\u0644\u0646\u0638\u0627\u0645)\s*>|"
    r"</?\s*(?:answer|question|quote|system|user|assistant|criterion|criteria|transcript|anchor\w*|"
    r"instructions?|prompt|candidate|score|rubric|follow_up\w*|im_start|im_end|data|message|role|"
    r"evaluation|evaluator|judge|admin|developer|result|tool\w*|function\w*|untrusted\w*|end|s|"
    r"output|response|human|bos|eos|thinking|scratchpad)\b[^>]{0,80}>|<\|[^|>]{1,40}\|?>|"
    r"\[/?\s*(?:inst|sys\w*|sistema?|\u0627\u0644\u0646\u0638\u0627\u0645|\u0441\u0438\u0441\u0442\u0435\u043c\u0430|\u7cfb\u7edf|\u7cfb\u7d71|assistant|user|admin\w*|developer|end\w*|begin\w*|instruction\w*|"
    r"override|note to \w+)\b[^\]]{0,40}\]|<</?sys>>|<!--|/\*|\{\{|\}\}|\$\{|%\{|"
    r"(?:^|\n|[.!?\"'\u201d]\s*|-{2,}\s*|={2,}\s*|\*{2}\s*|#\s*)(?:system|assistant|user|human|ai|"
    r"evaluator|judge|admin\w*|developer|root|tool|moderator|grader|instructions?|bot)"
    r"(?: (?:prompt|message|note|override|update|notice|instruction|alert|command)s?)?\s*"
    r"(?:[:>\]]|\*\*:|\bcolon\b)|#{2,}\s*\w+|\"\"\"|'''|```|~~~|={4,}|-{4,}|\*{4,}|"
    r"\b(?:begin|end|start|close|stop|finish)(?:ing)? (?:of )?(?:the )?(?:system|prompt|"
    r"instructions?|transcript|answer|data|user (?:input|data)|candidate(?:'s)? (?:input|answer|"
    r"data)|untrusted|input|quotes?|tag|context|document|conversation)\b|"
    r"\b(?:close|closing|end|open|opening|new) (?:the )?(?:answer |quote |data |fence |system )?"
    r"(?:tags?|brackets?|fence|quotation marks?|angle brackets?|curly brac\w+|brace)\b|"
    r"\b(?:less than|slash|angle bracket|open bracket) (?:sign )?(?:slash )?(?:answer|system|quote|"
    r"instruction\w*|transcript|candidate|prompt|user|assistant)\b|"
    r"[\"'\u201c{,\s](?:score|scores|quotes|claims|because|rating|verdict|final_score|criterion|"
    r"recommendation|status|hire|role|content|overall)[\"'\u201d]?\s*(?:[:=]|\bcolon\b)\s*[\"'\[{]?\s*"
    r"(?:\d|five|true|pass|system|max|hire|strong|perfect|excellent|complete|full|high|\[|\{|\")|"
    r"[\"']\s*:\s*(?:\d|\[|\{|true|false|\")|\bscore\s*(?:=|:|->|is set to|\bcolon\b)\s*(?:\d|five|max)"
    r"|\bnew ?line\b.{0,20}\b(?:system|assistant|instruction|score)\b"
)
