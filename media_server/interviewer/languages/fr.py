"""French. The plain text has no accents: "où" is "ou"; `accented_…` patterns see them."""

from media_server.interviewer.languages.table import Table, counted, forms, pattern, words

_QUESTION = (
    "comment|pourquoi|o\u00f9|qui|quoi|combien|quels?|quelles?|qu est ce|lequel|laquelle|"
    "lesquels|lesquelles"
)

TABLE = Table(
    stemmer="french",
    stop=words("""
        le la les l un une des du de d au aux a en dans par pour sur sous avec sans entre vers chez
        depuis pendant avant apres contre jusque jusqu des que qu qui quoi dont ou quand comment
        pourquoi combien quel quelle quels quelles lequel laquelle si comme car donc or ni mais et
        je j me m moi mon ma mes mien nous notre nos tu te t toi ton ta tes vous votre vos il elle
        ils elles on se s soi son sa ses leur leurs lui eux y ce c cet cette ces cela ca celui celle
        ceux celles ceci ne n pas plus point jamais rien personne aucun aucune non oui tres trop peu
        beaucoup plusieurs quelque quelques tout toute tous toutes autre autres meme memes chaque
        ainsi alors puis ensuite enfin aussi encore deja toujours souvent parfois ici la bas voila
        voici suis es est sommes etes sont etais etait etions etiez etaient fus fut furent ete etant
        etre sera serait serez soit soient ai as avons avez ont avais avait avions aviez avaient eu
        eut eus ayant avoir aura aurait auriez ait aient vais vas va allons allez vont allait aller
        alle allee peux peut pouvons pouvez peuvent pouvait pouviez pu pourrait pourriez dois doit
        devons devez doivent devait deviez du faut fallait fallu veux veut voulez euh heu ben bah
        bon hein quoi enfin genre bref monsieur madame mademoiselle merci svp plait parce lorsque
        lorsqu puisque puisqu afin tant tel telle tels telles dernier est-ce fait faire fais faites
        faisiez faisait vous-meme moi-meme juste vraiment
    """),
    common=words("""
        dit dire disiez disait disant mentionne mentionner evoque evoquer raconter raconte parler
        parle expliquer explique decrire decrivez decide decider decidiez decision choisi choisir
        choix passe passer arrive arriver produit change changer remarque remarquer vu voir voyez
        vous compte rendu rendre trouve trouver constate constater reagi reagir reaction resolu
        resoudre gere gerer agi agir appris apprendre ressenti ressentir pense penser croyez croire
        voulu commence commencer termine terminer fini finir debut fin partie part role etape etapes
        situation moment point temps fois jour jours semaine mois annee exemple cas raison raisons
        resultat consequence consequences effet difference probleme problemes difficulte defi idee
        maniere facon chose choses gens conversation experience detail details processus tache
        taches objectif premier premiere deuxieme seconde suivant suivante ensuite concretement
        precisement important difficile facile mieux pire bien mal nouveau nouvelle different
        differente propre organise organiser aide aider utilise utiliser travail travailler essaye
        essayer essaie mot mots question amene amener mis mettre pris prendre suite autrement
        fallu demande demander demandez plus tot tard reponse repondre repondu contenu contient
    """),
    denials=words("ne n ni sans"),
    negations=words("ne n pas plus jamais rien personne aucun aucune sans ni non"),
    numbers=counted("""
        zero - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize
    """)
    | counted("vingt trente quarante cinquante soixante septante huitante", start=20, step=10)
    | {
        "vingts": 20, "nonante": 90, "cent": 100, "cents": 100, "mille": 1000,
        "million": 1_000_000, "millions": 1_000_000, "douzaine": 12, "quinzaine": 15,
        "vingtaine": 20,
    },
    number_joins=words("et"),
    irregular=forms("""
        recu recevoir, bu boire, lu lire, tenu tenir, tient tenir, vendu vendre, perdu perdre, ecrit
        ecrire, ouvert ouvrir, offert offrir, conduit conduire, construit construire, sorti sortir,
        parti partir, mort mourir, venu venir, vient venir, vienne venir, suivi suivre, envoi
        envoyer, fermeture fermer
    """),
    accented_question_word=pattern(
        _QUESTION, r"(?:que|qu) \w+(?: t)? (?:vous|il|elle|ils|elles|on|s?il)", "qu y a t il",
        r"que \w+ (?:le|la|les|l|votre|vos|cette?|ces)",
        r"que s est", r"qu \w+(?:ez|iez) vous", "quand (?:avez|est ce)",
    ),
    accented_closed=pattern(
        "(?:et |mais )?(?:avez|aviez|\u00eates|\u00e9tiez|est ce que|\u00e9tait ce|est ce qu)"
    ),
    accented_joined=pattern(
        rf"(?:et|ou|mais|puis) (?:(?:aussi|alors|si oui|de|en|avec|par|pour|\u00e0|depuis) )*"
        rf"(?:{_QUESTION}|quand|est ce)",
        r"(?:et|ou|mais) (?:qu|que) \w+ (?:vous|il|elle)",
        r"(?:et|ou|mais) \w+(?:ez|iez) vous", r"(?:et|ou) (?:\w+ t )?(?:il|elle)",
    ),
    leading=pattern(
        "n est ce pas", r"(?:ne )?(?:pensez|trouvez|croyez|diriez|seriez) vous (?:donc )?pas",
        r"vous ne (?:pensez|croyez|trouvez|diriez)", r"(?:auriez|aurait|aurais) du", r"non \?",
        r"d accord \?", r"pas vrai", "ne devriez", "n auriez vous pas", "n aurait il pas",
        "evidemment", "bien sur", "sans doute", "n avez vous pas", "etes vous d accord",
        r"pourquoi .*\b(?:parce qu\w*|car)",
    ),
    suggesting=pattern(
        "par exemple", "comme par exemple", "tel que", "telle que", "tels que", "telles que",
        "peut etre", "notamment", "disons", "entre autres",
    ),
    private=pattern(
        r"comment s appel\w+", r"quel (?:est|etait) (?:le|son) nom",
        r"enceinte", "grossesse", r"religi\w+", "eglise", "mosquee", r"marie[es]*", "celibataire",
        "mari", "epouse?", "conjoint", r"divorc\w+", r"famill?\w*", r"familia\w+", "nationalite",
        r"citoyen\w*", "origines?", r"ethni\w+", "race", "couleur de peau", r"sexuel\w*", "genre",
        r"handicap\w*", "quel age", "votre age", "ne a", "naissance", r"syndica\w+", "syndicat",
        r"politique\w*", "votre salaire", "combien gagn\\w+", r"maladies?", "malade", "diagnostic",
        "sante mentale", r"depress\w+", "therapie", "casier judiciaire", "dettes",
        r"(?:vos|votre) (?:propres? )?(?:enfants?|fils|filles?|parents|mere|pere|femme|sante|pays|"
        r"accent|vie privee|corps|poids|medecin|compagne|compagnon|croyances?)",
        r"(?:avez|aviez) vous (?:\w+ )*?(?:d|des|un|deux) enfants?", "a la maison",
        r"d ou (?:venez|vient|etes)", r"de quel pays", "langue maternelle", "arret maladie",
        "conge maternite", r"homosexuel\w*", r"votre (?:\w+ )?bebe", r"problemes? de sante",
        "en arret", "en conge",
        r"(?:etiez|etes|etait|est|etaient) (?:vous|il|elle|ils|elles) (?:\w+ )?pay\w+",
        r"remuner\w+", "votre (?:paie|paye|revenus?|prime)",
        r"numero de (?:telephone|compte|portable)",
        "mot de passe", "nom de famille", r"ou (?:habit|viv)\w+", "adresse personnelle",
        r"(?:comme|en tant qu?e?|pour|etant) (?:une? )?(?:\w+ )?(?:femme|homme|fille|etranger\w*|"
        r"mere|"
        r"pere|musulman\w*|noire?|arabe|juive?)", r"une? (?:femme|homme) comme", r"ivres?",
        "drogues?",
    ),
    promise=pattern(
        r"nous (?:allons|vous|pouvons|voulons|promettons|garantissons|souhaitons|recruterons|"
        r"embaucherons)", r"je vous (?:promets|garantis|assure)", r"promet\w+", r"garanti\w+",
        r"vous (?:aurez|serez|obtiendrez|recevrez)", r"embauche[es]*", "poste est a vous",
        "felicitations", "bienvenue dans l equipe", "prochain tour", "chez nous",
        r"vous (?:\w+ )?(?:travaillerez|pourrez|toucherez|gagnerez|"
        r"apprendrez|commencerez|rejoindrez)",
    ),
    grading=pattern(
        r"notes?", "notation", "(?:maximum|tous les) (?:de )?points", r"evalu\w+", r"consignes?",
        r"instructions?", r"ignor\w+", r"oubli(?:e|ez)", "donne moi", "donnez moi", "recruteur",
        "systeme", "examinateur", "assistant", r"notez",
    ),
    judgement=pattern(
        r"c (?:est|etait) (?:tres|vraiment|tellement|si) \w+",
        r"excellent\w*", "tres bien", r"tres bon\w*", "super", "bravo", r"formidable\w*",
        r"impressionnant\w*", r"interessant\w*", r"parfait\w*", r"genial\w*", r"magnifique\w*",
        r"remarquable\w*", r"fantastique\w*", "bien joue", "bien vu",
        r"(?:bonne|belle|mauvaise) (?:reponse|idee|decision|initiative|solution|question)",
        r"bon (?:exemple|reflexe|choix|travail)", "j aime", "ca me plait",
        "c est (?:tres )?(?:bien|bon|juste|faux|mal)", "ce n est pas suffisant", "malin",
    ),
    neutral=words("""
        utiliser servir servi servait parler verifier preparer partager presenter annoncer
        convaincre convaincu accorder discuter tester suivre suivi rappeler montrer permettre permis
        prevoir attendre observer ecouter lire relire relisez lisez ecrire appeler informer equipe
        collegue
        collegues quotidien aujourd hui temps vite clair apporter ameliorer appliquer comparer
        ajouter assurer comprendre compris repartir confier soutenir avis connaissance information
        ordre plan regle methode savoir tourner tourne difficulte difficultes poser pose adapter
        transmettre transmis partage partager retenir retenu procede proceder continuer contribuer
        reussir reussi organise mener revenir devenir devenu depuis accueillir accueilli chercher
    """),
    accented_asks=pattern(
        rf"(?:(?:et|ou|mais) )?(?:(?:de|en|avec|par|pour|\u00e0|depuis) )?(?:{_QUESTION})(?: \w+)? "
        r"(?:\w+ (?:t )?(?:vous|il|elle|ils|elles|on)|est ce)(?=\s|$)",
        rf"(?:(?:de|en|avec|par|pour|\u00e0) )?(?:{_QUESTION}) (?:\w+ )?(?:t )?(?:vous|il|elle|ils|"
        r"elles|on)(?! \w+(?:ez|ait|aient)\b)",
        r"qu \w+ (?:t )?(?:vous|il|elle|ils|elles|on)", r"\w+(?:ez|iez) vous",
    ),
    supposed=pattern("si", r"s (?=ils?\b)"),
    told_to_you={"mon": "votre", "ma": "votre", "mes": "vos", "notre": "votre", "nos": "vos",
                 "j": "vous", "je": "vous"},
    rude=pattern(
        r"idiot\w*", r"imbecil\w+", r"stupid\w+", r"betes?", r"betises?", r"debile\w*", r"cret\w+",
        r"abruti\w*", r"con(?:ne|nes|nard\w*|s)?", r"connerie\w*", r"merd\w+", r"put(?:e|es|ain)",
        r"salop\w*", r"salaud\w*", r"encul\w+", r"foutu\w*", r"paresseu\w+", r"feneant\w*",
        r"laches?", r"incompeten\w+", r"ridicule\w*", r"incapable\w*", r"negligent\w*", "honte",
        "diable", r"comment (?:osez|peut on|avez vous pu)",
        r"(?:pourquoi|comment) (?:etes|etiez) vous "
        r"(?:si|aussi|assez|tellement)",
    ),
    familiar=pattern("tu", "toi", r"as t[ui]"),
    title=pattern(r"(?:monsieur|madame|mademoiselle|m|mme|docteur|chef) (\w+)"),
)  # fmt: skip
