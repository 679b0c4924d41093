/** Every word the page says, in French. Zero takes the singular; a no-break space stands before high punctuation. */

const n = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count < 2 ? one : many}`;

/** @type {import("./en.js").Strings} */
export const fr = {
  lang: "fr",
  dir: "ltr",
  appName: "Entretien vocal",
  skipToContent: "Aller au contenu",
  loading: { title: "Ouverture de votre entretien…" },

  welcome: {
    eyebrow: "Avant de commencer",
    intro: (questions, minutes) =>
      `${n(questions, "question", "questions")}, environ ${n(minutes, "minute", "minutes")}.`,
    whatHappens: "Comment ça se passe",
    steps: [
      ["Testez le son", "Nous vérifions que vous entendez les questions et que votre micro fonctionne."],
      [
        "Répondez à voix haute",
        "Une IA pose une question à la fois. Prenez votre temps : vous pouvez réfléchir en silence.",
      ],
      ["Gardez la main", "Réécoutez, passez ou faites une pause quand vous voulez, ou écrivez au lieu de parler."],
      ["Gardez une copie", "Vos réponses sont notées au fur et à mesure, et vous pouvez les télécharger à la fin."],
    ],
    consentTitle: "Votre accord",
    recorded: "Votre voix est enregistrée et conservée avec vos réponses.",
    notRecorded:
      "Votre voix n’est pas enregistrée. Elle est effacée dès que vos mots sont écrits, au plus tard deux jours après l’entretien ; seul le texte est conservé.",
    watching: "Des personnes de l’organisation qui vous a invité peuvent suivre cet entretien en direct, par écrit.",
    version: (version) => `Texte de consentement, version ${version}`,
    noticesTitle: "Bon à savoir",
    accept: "J’accepte, continuer",
    proceed: "Continuer",
    decline: "Je n’accepte pas",
    saving: "Un instant…",
    failed: "Votre choix n’a pas pu être enregistré. Réessayez, s’il vous plaît.",
  },

  declined: {
    title: "Merci de nous l’avoir dit",
    text: "Vous avez choisi de ne pas participer. Rien n’a été enregistré.",
    next: "Pour participer autrement, répondez à la personne qui vous a invité. Vous pouvez fermer cette page.",
  },

  check: {
    title: "Testez le son",
    titleBack: "Heureux de vous retrouver",
    leadBack: "Vos réponses sont enregistrées. Nous reprenons à la même question.",
    lead: "Deux petits tests, et nous commençons.",
    hearTitle: "Nous entendez-vous ?",
    hearText: "Jouez deux notes douces. Le son est plus clair avec un casque.",
    playTone: "Jouer le son de test",
    playingTone: "Lecture…",
    playedTone: "Rien entendu ? Montez le volume ou choisissez une autre sortie, puis réessayez.",
    toneFailed: "Le son n’a pas pu être joué. Vérifiez que cette page n’est pas en sourdine, puis réessayez.",
    speaker: "Haut-parleur",
    speakTitle: "Vous entendons-nous ?",
    speakText: "Votre navigateur vous demandera si cette page peut utiliser votre micro.",
    useMicrophone: "Utiliser mon micro",
    asking: "Autorisez le micro dans votre navigateur…",
    microphone: "Micro",
    unnamedDevice: (index) => `Appareil ${index}`,
    level: "Niveau du micro",
    waiting: "Dites quelques mots : « Bonjour, ceci est un test. »",
    heard: "Nous vous entendons bien.",
    silent: "Nous n’entendons rien de ce micro.",
    silentMend:
      "Est-il allumé, et pas en sourdine ? Rapprochez-vous, montez son volume dans les réglages du son, ou choisissez-en un autre ci-dessus.",
    mutedBySystem: "Votre appareil a coupé le micro.",
    mutedMend: "Cherchez une touche de sourdine sur le casque ou le clavier, ou vérifiez les réglages du son.",
    tryAgain: "Réessayer",
    start: "Commencer l’entretien",
    startBack: "Reprendre l’entretien",
    without: "Continuer sans micro et écrire",
    withoutBack: "Continuer sans micro et écrire",
    withoutNote: "Vous entendrez et lirez les questions, et vous écrirez vos réponses.",
    problems: {
      insecure: [
        "Cette adresse n’est pas sécurisée",
        "Les navigateurs n’autorisent le micro que sur les pages qui commencent par https://. Ouvrez le lien exactement comme vous l’avez reçu, ou demandez un lien sécurisé.",
      ],
      unsupported: [
        "Ce navigateur ne peut pas utiliser de micro ici",
        "Ouvrez le lien dans une version récente de Chrome, Edge, Firefox ou Safari. Les navigateurs intégrés à d’autres applications ne peuvent souvent pas utiliser le micro.",
      ],
      framed: [
        "Cette page ne peut pas utiliser votre micro ici",
        "Le site qui l’entoure ne lui transmet pas le micro, ou le micro y est bloqué. Ouvrez l’entretien dans un nouvel onglet ou écrivez.",
      ],
      denied: [
        "Le micro est bloqué",
        "Cliquez sur l’icône à gauche de l’adresse, réglez Micro sur « Autoriser » et réessayez. S’il est déjà autorisé, vérifiez les réglages de confidentialité du système pour le navigateur.",
      ],
      dismissed: [
        "La demande d’autorisation a été fermée",
        "Votre navigateur a demandé le micro, sans réponse. Réessayez et choisissez « Autoriser ».",
      ],
      missing: ["Aucun micro trouvé", "Branchez un micro ou allumez votre casque, puis réessayez."],
      busy: [
        "Le micro est déjà utilisé",
        "Un autre programme ou onglet s’en sert, par exemple un appel vidéo. Fermez-le, puis réessayez.",
      ],
      constraint: ["Ce micro n’est plus là", "Il a peut-être été débranché. Choisissez-en un autre et réessayez."],
      unknown: [
        "Le micro n’a pas pu démarrer",
        "Débranchez-le et rebranchez-le, ou redémarrez le navigateur, puis réessayez.",
      ],
    },
  },

  call: {
    question: (number, of) => `Question ${number} sur ${of}`,
    followUp: (number, of) => `Relance de la question ${number} sur ${of}`,
    practice: "Essai",
    candidate_questions: "Vos questions",
    summary: "Ce que j’ai compris",
    backTo: (number) => `Retour à la question ${number}`,
    backToFollowUp: (number) => `Retour à la relance de la question ${number}`,
    backToPractice: "Retour à l’essai",
    backToYourQuestions: "Retour à vos questions",
    progress: "Avancement de l’entretien",
    connecting: "Connexion…",
    greeting: "Bienvenue",
    wrapUp: "Merci",
    activity: {
      idle: "Préparation",
      connecting: "Connexion",
      speaking: "Parole",
      listening: "Écoute",
      thinking: "Réflexion",
      muted: "Micro coupé",
      typing: "À vous",
      reading: "À lire",
    },
    notes: {
      idle: "L’entretien commence dans un instant.",
      connecting: "Cela prend une ou deux secondes.",
      speaking: "Vous pouvez commencer à répondre à tout moment.",
      greeting: "D’abord une courte introduction.",
      wrapUp: "C’était la dernière question.",
      listening: "Parlez quand vous êtes prêt. Les pauses ne gênent pas.",
      hearing: "Nous vous entendons.",
      waiting: "Nous attendons la suite.",
      thinking: "Un instant.",
      muted: "Réactivez le micro pour répondre à voix haute.",
      typing: "Écrivez votre réponse quand vous êtes prêt.",
    },
    interviewer: "Intervieweuse",
    notSpoken: "Par écrit seulement",
    yourAnswer: "Votre réponse",
    interimNote: "Les mots en italique peuvent encore changer.",
    emptyVoice: "Vos mots s’affichent ici pendant que vous parlez.",
    emptyText: "Votre réponse s’affiche ici.",
    unclear: "[inaudible]",
    unclearRecorded: "[inaudible ; l’enregistrement est conservé]",
    typed: "écrit",
    done: "J’ai terminé",
    notFinished: "Je n’avais pas fini",
    repeat: "Répéter",
    rephrase: "Reformuler",
    skip: "Passer",
    skipped: (number) => `Question ${number} passée.`,
    skippedFollowUp: "Relance passée.",
    skippedOther: "Passé.",
    undo: "Annuler",
    confirmYes: "Oui",
    confirmNo: "Non, je continue",
    confirmAnswer: "C’est ma réponse",
    watched: "Quelqu’un suit cet entretien en direct.",
    lastHeard: (words) => `Derniers mots entendus : « ${words} »`,
    dismiss: "Compris",
    pause: "Pause",
    mute: "Couper le micro",
    unmute: "Activer le micro",
    type: "Écrire plutôt",
    typeClose: "Fermer la saisie",
    options: "Options",
    leave: "Quitter",
    controls: "Commandes de l’entretien",
    typeLabel: "Écrivez votre réponse",
    typeHelp: "Ctrl et Entrée pour envoyer.",
    send: "Envoyer la réponse",
    tooLong: "C’est trop long pour un seul envoi. Raccourcissez, s’il vous plaît.",
    notSent: "La connexion est coupée. Votre texte reste ici ; envoyez-le quand elle sera revenue.",
    unconfirmed: "Votre réponse est envoyée, mais pas encore confirmée. Le texte est gardé jusque-là.",
    broughtBack:
      "La connexion s’est coupée avant la confirmation de votre réponse. Votre texte est de nouveau ici. Dès le retour de la connexion, nous vous dirons s’il est arrivé.",
    checking: "Nous vérifions si votre texte est arrivé. S’il est encore ici dans un instant, renvoyez-le.",
    notArrived: "Votre réponse n’est pas arrivée. Votre texte est encore ici : renvoyez-le, s’il vous plaît.",
    notConnected: "La connexion est coupée. Réessayez dans une seconde.",
    timeLeft: (minutes) =>
      minutes < 1 ? "Moins d’une minute restante" : `Encore environ ${n(minutes, "minute", "minutes")}`,
    announceListening: "Nous écoutons. À vous.",
    announceTyping: "À vous de répondre.",
    announceUndo: "Vous pouvez annuler pendant quelques secondes.",
    announceConfirm: "Vous pouvez aussi choisir une réponse sur la page.",
  },

  banner: {
    suspectTitle: "La connexion est faible",
    suspectText: "Nous n’avons rien reçu du serveur depuis quelques secondes. Vos réponses sont enregistrées.",
    suspectUnconfirmed:
      "Nous n’avons rien reçu du serveur depuis quelques secondes. Votre dernière réponse n’est pas encore confirmée ; le texte est gardé jusque-là.",
    lostTitle: "Connexion perdue",
    lostText: "Vos réponses sont enregistrées, et nous reprendrons à la même question.",
    lostUnconfirmed:
      "Votre dernière réponse n’est peut-être pas arrivée. Le texte est gardé, et nous reprendrons à la même question.",
    longTitle: "Toujours pas de connexion",
    longText:
      "Vos réponses sont enregistrées et nous continuons d’essayer. Vérifiez votre connexion à internet, ou revenez plus tard avec le même lien.",
    longUnconfirmed:
      "Votre dernière réponse n’est peut-être pas arrivée. Le texte est gardé sur cette page et nous continuons d’essayer. Vérifiez votre connexion à internet.",
    movedTitle: "Un instant",
    movedText: "Nous vous passons sur un autre serveur. Vos réponses sont enregistrées.",
    switchingTitle: "Un instant",
    switchingText: "Nous changeons votre micro.",
    backTitle: "Vous êtes de retour",
    backText: "Reprenons là où nous en étions.",
    firstTitle: "Connexion en cours",
    firstText:
      "L’appel n’a pas encore pu être établi. Certains réseaux d’entreprise et VPN bloquent les appels ; un autre réseau peut aider.",
    trying: "Nouvel essai…",
    tryingIn: (seconds) => `Nouvel essai dans ${n(seconds, "seconde", "secondes")}.`,
    tryNow: "Essayer maintenant",
    soundTitle: "Le son est coupé",
    soundText: "Votre navigateur a besoin d’un clic de plus pour jouer la voix.",
    soundOn: "Activer le son",
    chooseMic: "Choisir un micro",
  },

  leave: {
    title: "Quitter l’entretien ?",
    text: "L’entretien se termine définitivement. Vos réponses sont conservées ; les questions non posées restent ouvertes.",
    hint: "Besoin d’une simple pause ? Mettez en pause, ou fermez cette page et rouvrez votre lien plus tard.",
    confirm: "Quitter définitivement",
    cancel: "Rester",
    pause: "Faire une pause",
  },

  options: {
    title: "Options",
    pace: "Pause avant de continuer",
    paceHelp: "Après ce silence, votre réponse est considérée comme terminée.",
    paces: {
      faster: ["Rapide", "pour des réponses courtes"],
      normal: ["Normale", "environ deux secondes"],
      slower: ["Détendue", "le temps de réfléchir en parlant"],
    },
    captions: "Afficher ce qui est dit",
    microphone: "Micro",
    noMicrophone: "Écrire plutôt",
    close: "Fermer",
  },

  paused: {
    title: "En pause",
    text: "Votre micro est coupé. Prenez le temps qu’il vous faut. Vos réponses sont enregistrées.",
    draftKept: "Ce que vous avez écrit sera encore là après la pause. Envoyez-le à ce moment-là.",
    remaining: (minutes) =>
      minutes < 1 ? "Moins d’une minute de pause restante." : `Encore ${n(minutes, "minute", "minutes")} de pause.`,
    after: "Ensuite, nous mettons l’entretien de côté, et votre lien vous ramène ici.",
    resume: "Reprendre",
    leave: "Quitter l’entretien",
  },

  parked: {
    title: "Votre entretien vous attend",
    text: "La pause a été longue, alors nous l’avons mis de côté. Vos réponses sont enregistrées, et nous reprenons à la même question.",
    resume: "Reprendre l’entretien",
  },

  finished: {
    title: "Merci, c’est tout",
    titleLeft: "Vous avez quitté l’entretien",
    text: (answered, of) =>
      `Réponses : ${answered} sur ${n(of, "question", "questions")}. Vos réponses sont enregistrées.`,
    textLeft: "Vos réponses sont enregistrées. Merci de votre temps.",
    next: "Vous pouvez fermer cette page.",
  },

  endings: {
    undoAsk: "Vous avez changé d’avis ?",
    undo: (seconds) => `Annuler (${seconds})`,
    declineSent: "Votre décision est enregistrée.",
    declineNotSent:
      "Votre décision ne nous est pas encore parvenue. Gardez cette page ouverte ; nous continuons d’essayer.",
    alternative: "Vous préférez un autre moyen ?",
    contact: (address) => `Des questions ? ${address}`,
    privacy: "Avis de confidentialité",
    goOn: "Continuer",
    newTab: "(s’ouvre dans un nouvel onglet)",
    thanks: "Merci de votre temps.",
    notNow: "Impossible de charger ceci maintenant. Réessayez dans un instant.",
    reviewTitle: "Vérifiez vos paroles",
  },

  problem: {
    waiting: "Vous attendez une place",
    retry: "Réessayer",
    retryIn: (seconds) => `Nouvel essai dans ${n(seconds, "seconde", "secondes")}.`,
    retrying: "Nouvel essai…",
    kinds: {
      link: [
        "Ce lien ne fonctionne pas",
        "Il est peut-être incomplet, ou il a été retiré. Copiez le lien entier de votre invitation, ou demandez-en un nouveau.",
      ],
      over: [
        "Cet entretien est terminé",
        "Il a été mené à bien, ou son temps est écoulé. Si c’est une erreur, contactez la personne qui vous a invité.",
      ],
      expired: [
        "Cet entretien a expiré",
        "Le temps est écoulé. Ce que vous avez dit jusque-là est conservé. Pour continuer, contactez la personne qui vous a invité.",
      ],
      cancelled: [
        "Cet entretien a été annulé",
        "L’organisateur y a mis fin. Ce que vous avez dit jusque-là est conservé. Pour toute question, contactez la personne qui vous a invité.",
      ],
      deleted: [
        "Cet entretien a été supprimé",
        "L’organisateur l’a supprimé, avec ce que vous avez dit. Pour toute question, contactez la personne qui vous a invité.",
      ],
      failed: [
        "L’entretien a dû s’arrêter",
        "Un problème est survenu de notre côté. Ce que vous avez dit jusque-là est conservé. Contactez la personne qui vous a invité.",
      ],
      damaged: [
        "Cet entretien ne peut pas être ouvert",
        "Les données enregistrées sont abîmées, et réessayer n’y changera rien. Vous n’y êtes pour rien. Contactez la personne qui vous a invité.",
      ],
      superseded: [
        "L’entretien est ouvert dans une autre fenêtre",
        "L’entretien se poursuit dans votre autre fenêtre. Vous pouvez aussi continuer ici.",
      ],
      full: [
        "Toutes les places sont prises",
        "Rien n’est perdu. Gardez cette page ouverte ; nous vous ferons entrer dès qu’une place se libère.",
      ],
      network: ["Le serveur est injoignable", "Vérifiez votre connexion à internet. Nous continuons d’essayer."],
      server: ["Le serveur a un problème", "Vous n’y êtes pour rien. Nous continuons d’essayer."],
      rejected: [
        "L’appel n’a pas pu démarrer",
        "Le serveur ne l’a pas accepté. Réessayez, ou utilisez un autre navigateur.",
      ],
      consent: [
        "Il nous faut d’abord votre accord",
        "Le texte que vous aviez accepté a changé, ou votre choix n’a pas été enregistré. Relisez-le, s’il vous plaît.",
      ],
      browser: [
        "Ce navigateur est trop ancien pour un entretien vocal",
        "Ouvrez votre lien dans une version récente de Chrome, Edge, Firefox ou Safari.",
      ],
    },
    takeOver: "Continuer ici",
    again: "Le relire",
  },

  words: {
    asked: "Votre demande",
    replied: "Votre retour",
    before: "Vous avez dit",
    history: "L’échange",
    historyTitle: "La conversation jusqu’ici",
    historyEmpty: "Rien n’a encore été dit.",
    historyFailed: "La conversation n’a pas pu être ouverte. Réessayez dans un instant.",
    close: "Fermer",
    moment: "Un instant, s’il vous plaît",
    skipGreeting: "Passer l’introduction",
    notArriving: "Rien ne nous parvient en ce moment.",
    tooLongBy: (/** @type {number} */ characters) =>
      `C’est trop long pour un seul envoi. Raccourcissez d’environ ${n(characters, "caractère", "caractères")}.`,
  },

  network: {
    checking: "Vérification de votre connexion…",
    open: "Votre connexion laisse passer le son.",
    blockedTitle: "Votre réseau bloque l’appel",
    blockedText:
      "Le son ne passe pas. C’est le cas de certains réseaux d’entreprise et VPN ; un autre réseau, celui de votre téléphone par exemple, peut aider. Vous pouvez aussi écrire tout l’entretien par la connexion web normale.",
    unknown: "Nous n’avons pas pu vérifier votre connexion.",
    type: "Écrire par la connexion web",
    again: "Vérifier encore",
    bannerTitle: "Le son ne passe pas",
    bannerText:
      "Votre réseau semble bloquer l’appel. Un autre réseau peut aider, ou écrivez par la connexion web normale.",
  },

  rehearsal: {
    title: "Une phrase pour essayer",
    text: "Lisez une phrase à voix haute, réécoutez-vous et voyez ce que nous avons compris. Cela prend une demi-minute, et rien n’est conservé.",
    start: "Essayer une phrase",
    stop: "Arrêter",
    again: "Essayer encore",
    failed: "L’essai n’a pas pu être chargé. Vous pouvez commencer sans lui ou réessayer.",
  },

  microphones: {
    ended: {
      name: "Micro débranché",
      text: "Rebranchez-le ou choisissez-en un autre. Vous pouvez aussi écrire.",
    },
    blocked: {
      name: "Micro bloqué",
      text: "Autorisez-le pour cette page dans le navigateur. Vous pouvez aussi écrire.",
    },
    muted: {
      name: "Coupé par votre appareil",
      text: "Cherchez une touche de sourdine sur le casque ou le clavier. Vous pouvez aussi écrire.",
    },
    silent: {
      name: "Micro silencieux",
      text: "Il n’en vient aucun son. Si vous parlez, vérifiez qu’il est allumé ou choisissez-en un autre.",
    },
    nowUsing: (name) => `Votre micro est maintenant : ${name}`,
  },

  embed: {
    openTab: "Ouvrir dans un nouvel onglet",
  },
};
