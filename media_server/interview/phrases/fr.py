"""The bot's words in French."""

from media_server.interview.phrases.table import Counted, SummaryWords, Table

TABLE = Table(
    said={
        "take_your_time": "Prenez votre temps, je vous écoute.",
        "offer_repeat": (
            "Voulez-vous que je répète la question ? Dites simplement : répétez, s'il vous plaît."
        ),
        "offer_choices": "Vous pouvez aussi écrire, faire une pause ou passer cette question.",
        "audio_lost": (
            "Je ne vous entends plus. Vérifiez votre micro, s'il vous plaît, ou écrivez."
        ),
        "audio_back": "Je vous entends à nouveau. Continuez, je vous prie.",
        "lost_you": (
            "Je vous ai perdu quelques secondes. Pourriez-vous redire la dernière partie ?"
        ),
        "not_heard": (
            "Pardon, je n'ai pas bien entendu. Réessayez, s'il vous plaît, ou écrivez votre "
            "réponse."
        ),
        "skip_offer": "Pas de souci. Voulez-vous essayer, ou passons-nous à la suite ?",
        "leave_offer": (
            "Vous pouvez terminer l'entretien avec le bouton Quitter. Ou continuez simplement "
            "votre réponse."
        ),
        "human_note": (
            "J'ai noté que vous souhaitez parler à une personne, et l'équipe le verra. Vous "
            "pouvez continuer ici, ou quitter."
        ),
        "question_note": "Je transmettrai votre question. Continuez quand vous êtes prêt.",
        "trouble_note": (
            "Si quelque chose ne marche pas, vous pouvez écrire ou recharger la page. Tout ce qui "
            "précède est conservé."
        ),
        "go_on": "Très bien, continuez, je vous en prie.",
        "bridge": "Merci, cela me donne une bonne idée. Continuons.",
        "summary_check": "Ai-je bien compris ? Si quelque chose n'est pas juste, dites-le-moi.",
        "summary_noted": "Merci, je l'ai noté.",
        "summary_more": "Merci, je l'ai noté. Y a-t-il autre chose ?",
        "summary_ask": "Comment faut-il le dire ? Dites-le-moi, ou écrivez-le à l'écran.",
        "questions_noted": "Merci, je transmettrai. Avez-vous une autre question ?",
        "more_questions": "Y a-t-il autre chose que vous aimeriez savoir ?",
        "no_summary": (
            "Je ne fais pas de résumé dans cet entretien. Continuez quand vous êtes prêt."
        ),
        "nothing_so_far": (
            "Il n'y a encore rien que je puisse résumer. Continuez quand vous êtes prêt."
        ),
        "wrap_up": (
            "Merci. C'était la dernière question. Vos réponses sont enregistrées. Au revoir."
        ),
    },
    confirm={
        "repeat": "Voulez-vous que je répète la question ?",
        "repeat_last": "Voulez-vous que je répète la fin de la question ?",
        "rephrase": "Voulez-vous que je pose la question autrement ?",
        "slower": "Voulez-vous que je parle plus lentement ?",
        "louder": "Voulez-vous que je parle plus fort ?",
        "cannot_hear": "Voulez-vous que je répète la question ?",
        "skip": "Voulez-vous passer cette question ?",
        "no_idea": "Voulez-vous laisser cette question ?",
        "pause": "Voulez-vous faire une pause ?",
        "leave": "Voulez-vous terminer l'entretien ?",
        "human": "Voulez-vous parler à une personne ?",
        "interviewer_question": "Est-ce une question pour l'entreprise ?",
        "summarise": "Voulez-vous que je résume ce que j'ai compris ?",
        "trouble": "Quelque chose ne marche pas ?",
    },
    remarks={
        "so_far": "Voici ce que j'ai compris jusqu'ici :",
        "no_other_words": "Je ne l'ai que dans ces mots. La voici encore, plus lentement.",
    },
    hints={
        "thinking": "Prenez votre temps. J'attends.",
        "volume": "Vous pouvez aussi monter le volume de votre appareil.",
        "cannot_hear": (
            "Vous ne m'entendez pas ? Vérifiez le haut-parleur ou le casque, et montez le volume."
        ),
        "trouble": (
            "Si quelque chose ne marche pas, écrivez ou rechargez la page. Tout ce qui précède est "
            "conservé."
        ),
        "quiet": "Je n'entends encore rien. Si vous parlez, vérifiez votre micro, ou écrivez.",
        "quiet_muted": "Votre micro est coupé. Réactivez-le, ou écrivez.",
        "audio_lost": (
            "Aucun son ne vient de votre micro. Vérifiez-le, choisissez-en un autre, ou écrivez."
        ),
        "audio_back": "Votre micro fonctionne à nouveau. Continuez, je vous prie.",
        "lost_audio": "Il nous manque {lost} de votre réponse. Pouvez-vous les redire ?",
        "quiet_text": "Écrivez votre réponse quand vous êtes prêt.",
        "please_wait": "Un instant, s'il vous plaît : vos mots sont en train d'être écrits.",
        "type_instead": "C'est plus long que d'habitude. Vous pouvez écrire, ou attendre.",
        "went_on": "Votre enregistrement est à l'abri et sera écrit plus tard. Continuons.",
        "near_limit": "Encore environ {left} pour cette réponse.",
        "use_headphones": "J'entends ma propre voix par votre haut-parleur. Un casque aiderait.",
        "typed_early": (
            "Je n'ai encore rien demandé. Ce que vous avez écrit est noté et sera transmis."
        ),
        "typed_late": (
            "Cette question est terminée. Ce que vous avez écrit est noté et sera transmis."
        ),
        "typed_added": "Ce que vous avez écrit a été ajouté à la question à laquelle il répondait.",
        "time_up": "Le temps de cet entretien est écoulé.",
        "opened_elsewhere": (
            "Cet entretien a été ouvert sur un autre appareil. L'accès lui a été refusé ; vous "
            "pouvez continuer."
        ),
        "history_hidden": (
            "Cet entretien a commencé sur un autre appareil ou dans une autre fenêtre, qui en est "
            "informée. Ce qui y a été dit n'est pas affiché ici."
        ),
        "too_many_answers": (
            "Trop de réponses à la fois. La dernière n'a pas été prise : renvoyez-la dans quelques "
            "secondes, s'il vous plaît."
        ),
    },
    time_up=(
        "Notre temps est écoulé. Merci pour vos réponses, elles sont enregistrées. Au revoir."
    ),
    greeting=(
        "Bonjour et bienvenue. Je suis une intelligence artificielle et je mène cet entretien. Je "
        "vais vous poser {questions}, ce qui prend environ {minutes}. À tout moment, dites "
        "simplement : répétez, s'il vous plaît. Commençons."
    ),
    practice=(
        "D'abord un court essai, qui ne compte pas : qu'avez-vous pris au petit déjeuner "
        "aujourd'hui ? Prenez votre temps, et arrêtez-vous quand vous avez fini."
    ),
    their_questions=(
        "C'est maintenant à vous. Avez-vous des questions à nous poser ? Sinon, dites "
        "simplement non."
    ),
    summary=SummaryWords(
        offer="Voulez-vous entendre ce que j'ai compris ? Vous pouvez aussi le lire à l'écran.",
        begins="Voici ce que j'ai compris.",
        begins_late=(
            "Voici ce que j'ai compris de vos dernières réponses ; les autres sont à l'écran."
        ),
        question="Question {n} :",
    ),
    questions=Counted("une question", "{n} questions"),
    minutes=Counted("une minute", "{n} minutes"),
    seconds=Counted("une seconde", "{n} secondes"),
    consent=(
        "L'entretien est mené par une IA. Votre voix est envoyée à ce serveur et transformée en "
        "texte. Le texte est conservé comme vos réponses, pour que des personnes puissent les "
        "lire. Vous pouvez arrêter à tout moment, et écrire au lieu de parler."
    ),
    watched=(
        "Des personnes de l'organisation qui vous a invité peuvent suivre l'entretien en direct, "
        "par écrit. La page vous montre quand quelqu'un le fait."
    ),
)
