"""The bot's words in English."""

from media_server.interview.phrases.table import Counted, SummaryWords, Table

TABLE = Table(
    said={
        "take_your_time": "Take your time, I'm listening.",
        "offer_repeat": "Shall I repeat the question? Just say: please repeat.",
        "offer_choices": "You can also type, pause, or skip this question.",
        "audio_lost": "I can't hear you right now. Please check your microphone, or type.",
        "audio_back": "I can hear you again. Please go on.",
        "lost_you": "I lost you for a few seconds. Could you say that last part again?",
        "not_heard": "Sorry, I didn't catch that. Please try again, or type your answer.",
        "skip_offer": "No problem. Would you like to try, or shall we move on?",
        "leave_offer": (
            "You can end the interview with the Leave button. Or just go on with your answer."
        ),
        "human_note": (
            "I've noted that you'd like to talk to a person, and the team will see it. You can "
            "go on here, or leave."
        ),
        "question_note": "I'll pass your question on. Whenever you're ready, go ahead.",
        "trouble_note": (
            "If something doesn't work, you can type, or reload the page. Everything so far is "
            "kept."
        ),
        "go_on": "All right, please go on.",
        "bridge": "Thank you, that gives me a good picture. Let's go on.",
        "summary_check": "Did I get that right? If something is wrong, tell me.",
        "summary_noted": "Thank you, I have noted that.",
        "summary_more": "Thank you, I have noted that. Is there anything else?",
        "summary_ask": "What should it be? Tell me, or write it on the screen.",
        "questions_noted": "Thank you, I'll pass that on. Do you have another question?",
        "more_questions": "Is there anything else you would like to know?",
        "no_summary": "I don't give a summary in this interview. Whenever you're ready, go ahead.",
        "nothing_so_far": (
            "There is nothing yet that I could sum up. Whenever you're ready, go ahead."
        ),
        "wrap_up": "Thank you. That was the last question. Your answers are saved. Goodbye.",
    },
    confirm={
        "repeat": "Shall I repeat the question?",
        "repeat_last": "Shall I repeat the last part of the question?",
        "rephrase": "Shall I put the question in other words?",
        "slower": "Shall I speak more slowly?",
        "louder": "Shall I speak louder?",
        "cannot_hear": "Shall I repeat the question?",
        "skip": "Shall we skip this question?",
        "no_idea": "Shall we leave this question?",
        "pause": "Shall we take a break?",
        "leave": "Would you like to end the interview?",
        "human": "Would you like to talk to a person?",
        "interviewer_question": "Is that a question for the company?",
        "summarise": "Shall I sum up what I have understood?",
        "trouble": "Is something not working?",
    },
    remarks={
        "so_far": "So far I have understood this:",
        "no_other_words": "I only have it in these words. Here it is again, slower.",
    },
    hints={
        "thinking": "Take your time. I'm waiting.",
        "volume": "You can also turn up the volume of your device.",
        "cannot_hear": (
            "Can't hear me? Check your loudspeaker or headphones, and turn up the volume."
        ),
        "trouble": "If something doesn't work, type, or reload the page. What you said is kept.",
        "quiet": "I can't hear anything yet. If you are speaking, check your microphone, or type.",
        "quiet_muted": "Your microphone is muted. Unmute it, or type.",
        "audio_lost": "No sound comes from your microphone. Check it, choose another, or type.",
        "audio_back": "Your microphone is back. Please go on.",
        "lost_audio": "{lost} of your answer did not reach us. Say them again?",
        "quiet_text": "Type your answer when you are ready.",
        "please_wait": "One moment, please: your words are still being written down.",
        "type_instead": "This is taking longer than usual. You can type, or wait.",
        "went_on": "Your recording is safe and will be written down later. Let's go on.",
        "near_limit": "About {left} left for this answer.",
        "use_headphones": "I hear my own voice from your loudspeaker. Headphones would help.",
        "typed_early": "I haven't asked anything yet. What you typed is noted and passed on.",
        "typed_late": "This question is over. What you typed is noted and passed on.",
        "typed_added": "What you typed was added to the question that it was meant for.",
        "time_up": "The time for this interview is over.",
        "opened_elsewhere": (
            "This interview was opened on another device. It was not let in; you can go on."
        ),
        "history_hidden": (
            "This interview was begun on another device or in another window, which has been told. "
            "What was said there is not shown here."
        ),
        "too_many_answers": (
            "Too many answers at once. The last one was not taken: please send it again in a few "
            "seconds."
        ),
    },
    time_up="Our time is over. Thank you for your answers, they are saved. Goodbye.",
    greeting=(
        "Hello, and welcome. I'm an AI interviewer. I'll ask you {questions}, about {minutes} in "
        'all. Just say "please repeat" at any time. Let\'s begin.'
    ),
    practice=(
        "First a short practice, which doesn't count: what did you have for breakfast today? "
        "Take your time, and stop when you are done."
    ),
    their_questions="Now it is your turn. Do you have any questions for us? If not, just say no.",
    summary=SummaryWords(
        offer="Would you like to hear what I understood? You can also read it on the screen.",
        begins="This is what I understood.",
        begins_late="This is what I understood of your last answers; the others are on the screen.",
        question="Question {n}:",
    ),
    questions=Counted("one question", "{n} questions"),
    minutes=Counted("a minute", "{n} minutes"),
    seconds=Counted("a second", "{n} seconds"),
    consent=(
        "The interviewer is an AI. Your voice is sent to this server and turned into text. The "
        "text is kept as your answers, so that people can read them. You may stop at any time, "
        "and you may type instead of speaking."
    ),
    watched=(
        "People of the organisation that invited you may follow the interview live, in writing. "
        "The page shows you when somebody does."
    ),
)
