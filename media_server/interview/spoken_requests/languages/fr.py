"""French. How phrases are written stands in `phrases.py`, what the fields mean in `table.py`.

Without accents and apostrophes, as the words are compared: "répéter" is "repeter", "j'ai" is
"j ai", "qu'est-ce que" is "qu est ce que".
"""

from __future__ import annotations

from media_server.interview.spoken_requests.table import (
    Table,
    groups,
    phrases,
    polite,
    requests,
    words,
)

SPELLINGS = {
    "tu": "vous", "te": "vous", "ta": "votre", "ton": "votre", "parles": "parlez", "es": "etes",
    "minute": "moment", "seconde": "moment", "instant": "moment", "minutes": "moment",
    "secondes": "moment", "ça": "cela", "ca": "cela", "microphone": "micro",
    "questions": "question", "redemander": "reposer", "interview": "entretien",
    "entrevue": "entretien", "conversation": "entretien", "appel": "entretien",
    "redites": "repetez", "redire": "repeter", "1": "une", "lent": "lentement",
    "doucement": "lentement", "haut": "fort", "comprend": "comprends", "ouais": "oui",
    "t": "vous",
}  # fmt: skip
"""The familiar form and the polite one are one."""
FILLERS = words("""
    euh heu hum hm hmm mm ben bah bon alors donc ah oh eh pardon desole desolee vraiment juste
    honnetement franchement svp stp ok okay deja tres monsieur madame tout malheureusement
    exactement enfin voila actuellement gentiment
""")
GROUPS = groups("""
you:
    (pouvez|pourriez|voulez|voudriez|peux|pourrais) vous|vous (pouvez|pourriez|peux|pourrais)
    est ce que vous (pouvez|pourriez)|est ce que [c est|ce serait] possible de
    (serait il|est il|c est|ce serait) possible (de|que vous)
    (j aimerais|je voudrais|il faudrait) que vous|cela vous (derange|derangerait) de
    [vous] auriez vous la gentillesse de
may:
    (peut on|on peut|on pourrait|pouvons nous|pourrions nous|puis je|je peux|je pourrais|nous
        pouvons|est ce qu on (peut|pourrait)|est ce que (je peux|je pourrais|nous pouvons))
    pourrait on|(est il|serait il|c est|ce serait) possible (de|d)
want:
    (je (veux|voudrais|souhaite|souhaiterais|prefere|prefererais|dois|vais)|j aimerais|j ai besoin
        (de|d)|il faut que je|il faudrait que je)
q:
    (la|cette|votre|ma) [derniere|meme] question
it:
    <q>|cela
    ce que vous (avez dit|dites|venez de dire|voulez [dire|savoir]|demandez|m avez demande)|le
pre:
    [me|m|nous] [le|la|l|les]
again:
    encore [une fois|un coup]|une (autre|nouvelle|seconde|deuxieme) fois|a nouveau|de nouveau
    une fois de plus
bit:
    un [petit] peu|beaucoup
repeat:
    repeter|relire|reposer|rappeler
end:
    (la|les|le) (fin|derniere|deuxieme|dernier|derniers|seconde|suite|reste) [partie|phrase|mot|
        mots|moitie|bout|morceau] [de (<q>|la phrase)]
simpler:
    (autrement|differemment)
    (plus|de facon plus|de maniere plus) (simplement|simple|claire|clairement)
    (avec|en) (d autres|des|de) (mots|termes) [plus simples|simples]
    d une (autre|maniere|facon) [facon|maniere|differente|plus simple]|en plus simple
    avec des mots plus simples
next:
    [a|avec] (la|une) (question suivante|suivante|prochaine|prochaine question|autre question|
        autre)
    [a] (la suite|autre chose)
about:
    (a|de|sur) (cela|<q>|ce sujet|ce point)|y|en|la dessus|<q>
answering:
    [y|en|vous] (repondre|parler|dire|commenter|discuter|en parler) [<about>|rien|plus]
moment:
    (un|une|quelques) [petit|petite|court] moment|(un peu de|plus de|le) temps
person:
    (a|avec) (un|une|des|la) [vrai|vraie|vrais] (humain|personne|etre humain|recruteur|
        responsable|conseiller|agent|personnes|employe) [reelle|humaine|reel|de l entreprise|
        humain]
    (a|avec) quelqu un [de l entreprise|de reel]|une (vraie personne|personne reelle)
    un (humain|vrai humain)
device:
    [mon|ma|le|la|l|mes|les|votre] (micro|son|connexion [internet]|internet|camera|casque|
        ecouteurs|wifi|reseau|ligne|ordinateur|portable|telephone|ecran|page|navigateur|batterie|
        image|video|audio)
said:
    ce que (j ai dit|vous avez compris)|cela|ca|ma reponse|mes reponses|tout
there:
    (vous m entendez|m entendez vous|est ce que vous m entendez|vous etes (la|toujours la)|etes
        vous (la|toujours la)|il y a quelqu un|y a t il quelqu un|quelqu un m entend|on m entend|
        allo)
""")
AROUND = phrases("""
    oui|non|et|ou|mais|parce que|merci|merci [beaucoup|bien]|bonjour|bonsoir|excusez moi
    excuse moi|d accord|bien|si possible|je (suis desole|suis desolee|m excuse|pense|crois)
    [c est] une (bonne|question) [question|difficile|interessante]|bonne question
    si (cela ne vous derange pas|c est possible|vous pouvez)|pour moi|j etais distrait
    j etais distraite|il y a (du|beaucoup de) bruit [ici]|mon francais n est pas [si] bon|<again>
    en fait|a vrai dire|d abord|pour le moment|pour l instant|plutot|ici|aujourd hui|la|cela|car
    attendez|voyons|aussi|de votre part|je suis|par contre|un peu
""")
ASKED = requests("""
repeat:
    <you> [<again>] <pre> [<again>] (<repeat>) [<it>] [<again>]
    <you> <pre> (dire|lire|poser|demander) [<it>] <again>
    (repetez|relisez|reposez|rappelez) [moi] (<it>) [<again>]
    (puis je|je peux|je pourrais) (entendre|reentendre|avoir) (<it>) [<again>]
repeat_last:
    <you> <pre> (<repeat>|dire) (<end>) [<again>]|(repetez|redites) [moi] (<end>) [<again>]
    (puis je|je peux) (entendre|reentendre) (<end>) [<again>]
rephrase:
    <you> <pre> (expliquer|clarifier|reformuler|preciser|eclaircir|simplifier|definir|detailler|
        expliciter) [<it>|ce que (vous *|* veut dire)] [<bit>] [<simpler>|mieux|davantage]
    <you> <pre> (dire|formuler|poser|exprimer|tourner|repeter|demander|presenter) [<it>]
        (<simpler>)
    <you> <pre> (donner) un exemple|<you> etre plus (clair|precis|claire|precise)
    (expliquez|reformulez|precisez|clarifiez) [moi] [<it>|cela]
slower:
    <you> <pre> (parler|aller|dire|repeter|lire|articuler) [<it>] [<again>] [<bit>] (plus
        lentement|moins vite|lentement|moins rapidement)
    <you> (ralentir|articuler) [<bit>]|(parlez|allez) [<bit>] (plus lentement|moins vite)
    ne parlez pas (si|aussi) vite|ralentissez [<bit>]
louder:
    <you> <pre> (parler|dire|repeter) [<it>] [<again>] [<bit>] plus fort
    <you> (monter|augmenter|hausser|elever) (le son|le volume|la voix|le ton) [<bit>]
    parlez [<bit>] plus fort|(montez|augmentez) le (son|volume)
skip:
    <may> (passer|aller|continuer|avancer|sauter|poursuivre|enchainer) [<it>|<next>|directement
        (<next>)]
    (passons|allons|continuons|avancons|sautons|enchainons) (<next>|cette question|<q>)
    <you> <pre> (passer|poser|aller) (<next>)|passez (<next>)|<may> ne pas (<answering>)
    <may> (laisser|sauter|eviter) (<it>)
think:
    <may> (avoir|prendre) (<moment>) [pour (reflechir|y reflechir)]|<may> [y] reflechir [<moment>]
    <you> me (laisser|donner|accorder) (<moment>) [pour (reflechir|y reflechir)]
not_finished:
    <may> (revenir|retourner) (a|sur) (<q>|la question|ma reponse|la precedente|ma derniere
        reponse) [precedente|d avant]
    <may> (ajouter|completer) (quelque chose|ma reponse|un mot) [a ma reponse|a (<q>)
        [precedente]]
    laissez moi (finir|terminer)|<may> (finir|terminer) [ma (phrase|reponse)]
pause:
    <may> (faire|prendre|avoir) (une|un) [petite|courte|breve] pause
    <may> (arreter|s arreter|interrompre|suspendre) [l entretien] (<moment>)
    <may> mettre [l entretien] en pause|faisons une [petite] pause
leave:
    <may> (arreter|terminer|finir|stopper|quitter|mettre fin a|s arreter|interrompre) [la|l
        entretien|cet entretien|cela|ici] [la|ici]
    (arretez|arretons|terminons|stoppez) (l entretien|la|ici|cela)
human:
    <may> [plutot] parler (<person>) [directement]
    (etes vous|vous etes|est ce que vous etes|est ce que je parle a|je parle a|c est) (un|une)
        (robot|machine|humain|vraie personne|ordinateur|ia|personne|intelligence artificielle|bot)
    (il y a|y a t il|est ce qu il y a) (une personne|quelqu un|un humain|une vraie personne) (a
        qui|avec qui) (parler|je peux parler|je pourrais parler)
    <you> me (passer|mettre en contact avec) (<person>|quelqu un|une personne)
summarise:
    <you> [me] resumer [<said>] [jusqu ici|jusqu a present]
    <you> [me] (faire|donner) un [petit|bref] resume [de <said>]
    resumez [<said>] [jusqu ici]
    qu avez vous (compris|retenu|note) [jusqu ici|jusqu a present|de ma reponse]
    qu est ce que vous avez (compris|retenu|note) [jusqu ici|jusqu a present|de ma reponse]
interviewer_question:
    <may> [vous] (poser|demander) [une|quelque|des|quelques] [question|chose]
    (quel|combien) est le (salaire)
    combien (je gagne|gagne t on|est ce qu on gagne|est ce paye|c est paye)
    combien de temps (dure|prend|va durer|cela dure|cela prend|reste t il|il reste) [l entretien|
        cela|cet entretien]
    combien (de question|y a t il de question) (reste t il|y a t il|il reste|il y a|avez vous)
    quand (aurai je|est ce que j aurai|vais je avoir|j aurai) [une|de vos|des] (reponse|nouvelles|
        resultat)
    quelles sont les prochaines etapes|(est ce|c est) (enregistre)
    est ce que (c est|cet entretien est|l entretien est) enregistre
""")
STATED = requests("""
repeat:
    (quelle|c) (etait|est) [quoi] (<q>) [deja]|c etait quoi (<q>)
    qu (avez vous dit|est ce que vous (avez dit|disiez|avez demande))|vous (avez dit|disiez) quoi
    qu est ce que c etait
    je n ai pas [bien] (entendu|compris|suivi|saisi) ce que vous (avez dit|disiez)
    je n ai pas [bien] entendu [<it>|la question]|je n ai pas [bien] (suivi|saisi) [<it>]
    j ai (rate|manque|oublie|perdu) (<it>|le fil)
    je n (ecoutais|etais) pas [attentif|attentive|concentre|concentree]|<there>
    je vous ai pas entendu|je (voudrais|veux) (reentendre|entendre) (<it>) [<again>]
repeat_last:
    je n ai pas [bien] (entendu|compris|saisi) (<end>)|(quelle|c) (etait|est) [quoi] (<end>)
    je n ai entendu que (le debut|la moitie|la premiere partie)|j ai rate (<end>)
rephrase:
    (qu est ce que|que) (vous voulez dire|voulez vous dire|vous entendez|entendez vous|cela veut
        dire|cela signifie|vous demandez|vous voulez [savoir]|demandez vous|veut dire *|signifie
        *) [par (cela|la|*)]
    (vous voulez dire quoi|cela veut dire quoi|c est quoi *|vous voulez savoir quoi) [par (cela|
        la|*)]
    qu entendez vous par (cela|la|*)|que (veut dire|signifie) *
    je ne comprends pas [bien] [<it>|ce que (vous *|cela veut dire|* veut dire)|le sens|le mot *]
    je ne vois pas [bien] (ce que vous *|de quoi vous parlez|ou vous voulez en venir)
    je n ai pas [bien] compris [<it>|ce que vous (voulez|demandez) [dire]]
    je (ne suis pas sur|ne suis pas sure) de [bien] comprendre [<it>]
    (<it>|la question|ce) n est pas [tres] clair [pour moi]
    (<it>|la question) n est pas [tres] claire|je suis perdu|je suis (perdue|confus)
    dans quel sens|je ne sais pas ce que (cela veut dire|vous voulez [dire])
slower:
    vous (parlez|allez) (trop|si|<bit>) [trop] vite [pour moi]
    (c est|c etait|cela va|cela allait) [<bit>] (trop|<bit>) (vite|rapide) [pour moi]
    j ai du mal a [vous] suivre|je n arrive pas a [vous] suivre
louder:
    vous ne parlez pas assez fort|vous parlez [<bit>] trop (bas|doucement|lentement)
    le (volume|son) n est pas assez fort
cannot_hear:
    je [ne] vous [entends|comprends] (mal|pas|plus)
    je [ne] vous entends (pas|plus|mal|a peine|presque pas|pas bien|plutot mal|assez mal) [bien|
        du|encore]
    je vous entends (mal|a peine|de loin)
    je n entends (rien|plus rien|pas|plus|pas le son|aucun son) [du tout|bien]
    je n arrive pas a vous entendre|on ne vous entend (pas|plus)
    (il n y a|y a|je n ai) (pas|plus|aucun) [de] son
    (votre voix|le son|vous) (est|etes) [trop|<bit>] [trop] (faible|bas|coupe|hache|mauvais|basse|
        lointaine|loin|inaudible)
    (le son|votre voix|cela) (coupe|se coupe|gresille)|votre micro (est coupe|ne marche pas)
skip:
    <want> (passer|sauter|aller|avancer) [<it>|<next>]|<want> ne pas (<answering>)
    je ne (veux|souhaite|peux|prefere|voudrais|desire) pas (<answering>)
    je n ai pas envie (de|d) (<answering>)|je (passe|saute) (<q>|cette|<next>)|passez (<it>)
    je ne suis pas a l aise (pour|avec) [<answering>|cela|<q>]|c est [trop] (personnel|prive)
    sans commentaire|je n ai rien a [vous] dire (<about>)
no_idea:
    je ne sais pas (quoi (dire|repondre)|comment (repondre|y repondre)|quoi [vous] (repondre|
        dire)|repondre [<about>]|<q>|la reponse|que (dire|repondre)) [<about>]
    je n (ai|en ai) (aucune|pas d|pas la moindre) (idee|avis) [<about>]
    je n ai pas de (reponse|exemple|idee) [<about>]|rien ne me vient [a l esprit|en tete]
    je n ai rien (a l esprit|en tete|qui me vient)|je n en sais rien|j ai un (trou|blanc)
    je ne (peux|saurais) pas (repondre [<about>]|vous (dire|repondre))
    aucun exemple ne me vient [a l esprit]|aucune idee [<about>]
not_finished:
    je n (ai|avais) pas [encore] (fini|termine) [ma (reponse|phrase)|de (parler|repondre)]
    vous m avez (coupe|interrompu|coupee|interrompue) [la parole]|je (parlais|repondais) encore
    j etais en train de (parler|repondre)
    <want> (revenir|retourner) (a|sur) (<q>|la question|ma reponse|la precedente|ma derniere
        reponse) [precedente|d avant]
    <want> (ajouter|completer) (quelque chose|ma reponse|un mot) [a (ma reponse|<q>) [precedente]]
    <want> (finir|terminer) [ma (reponse|phrase)]
pause:
    <want> [faire|prendre] (une|un) [petite|courte|breve] pause
    j ai besoin d une [petite|courte] pause
    <want> (aller aux toilettes|boire un verre d eau|boire de l eau|repondre au telephone|ouvrir
        la porte|faire une [petite|courte] pause|m absenter [<moment>])
    (on sonne|on frappe|quelqu un sonne|quelqu un est) [a la porte]
    je reviens [tout de suite|dans (<moment>)]
leave:
    <want> (arreter|terminer|quitter|finir|stopper|interrompre|abandonner|mettre fin a) (l
        entretien|cet entretien|la|ici)
    je (veux|voudrais|souhaite) (arreter|partir|m arreter|m en aller)
    je dois (partir|y aller|m en aller|raccrocher|quitter l entretien)
    il faut que (j y aille|je parte)
    je ne (veux|souhaite|peux) (pas|plus) (continuer|poursuivre) [l entretien|cela]
    (arretez|terminez|stoppez) l entretien
human:
    <want> [plutot] parler (<person>) [directement]
    je ne (veux|souhaite) pas parler a (un robot|une machine|une ia|un ordinateur)
interviewer_question:
    j (ai|aurais|avais) [aussi] (une|quelques|des|une autre) question [a vous poser|pour vous|sur
        *|a propos de *]
    <want> vous (poser|demander) (une|quelque|des) [question|chose]
trouble:
    (<device>) (ne (marche|fonctionne|repond|charge) (pas|plus)|est (mauvais|mauvaise|coupe|
        coupee|lent|lente|instable|bloque|bloquee|fige|figee|casse|vide|faible|en panne)|coupe|
        plante|a plante|bugue|a coupe|ne (marche|fonctionne) (pas|plus) [bien]|saute) [bien]
    j ai (un|des|quelques) (probleme|problemes|souci|soucis) [technique|techniques|de|avec]
        [connexion|son|internet|micro|reseau|<device>]
    il y a un (probleme|souci|echo) [technique|avec (<device>)|de (son|connexion)]
    j entends (un echo|ma voix|de l echo)|j ai ete deconnecte
""")
ALONE = requests("""
repeat:
    <again>|(repetez|repeter|repete) [<it>] [<again>]|(<q>) <again>|comment|quoi|hein|comment cela
    vous dites|plait il|je n ai pas (entendu|compris)|<again> (<q>)
repeat_last:
    (<end>) <again>
rephrase:
    (expliquez|reformulez|precisez) [cela]|c est a dire
slower:
    [<bit>] (plus lentement|moins vite)|pas si vite
louder:
    [<bit>] plus (fort|de volume)
cannot_hear:
    pas de son
skip:
    (<next>)|[la] (question suivante|suivante|prochaine question)|passer [<it>]|je passe|on passe
    suivant
no_idea:
    je [ne] sais pas [du]|aucune idee|pas d idee|je n en ai aucune idee|pas de reponse|je l ignore
think:
    (<moment>)|laissez moi [y] (reflechir|penser|voir) [<moment>] [a cela]
    laissez moi (<moment>) [pour (reflechir|y reflechir|penser)]
    (donnez|accordez) moi (<moment>) [pour (reflechir|y reflechir)]
    je (reflechis|dois reflechir|cherche)|il faut que (je|j y) reflechisse
    <want> (reflechir|y reflechir) [<moment>]|<want> (<moment>) [pour (reflechir|y reflechir)]
    attendez [<moment>]|(je|j y) reflechis|laissez moi le temps de reflechir|que je reflechisse
pause:
    [une] [petite|courte] pause
leave:
    au revoir|a bientot
human:
    (parler) (<person>)
trouble:
    (probleme|problemes) (technique|techniques|de (connexion|son))
""")
DOUBTFUL = requests("""
repeat_last:
    <end>
rephrase:
    (un|par) exemple|<simpler>
skip:
    je prefere (pas|ne pas)|autre chose
slower:
    lentement
leave:
    stop|arretez
human:
    <person>|humain
""")
QUESTIONS = phrases("""
    (est ce que|est ce qu|avez|proposez|y a t) (vous|il|le|la|on|c|je|ce|les)
    (quand|ou|combien|quel|quelle|quels|quelles|qui|pourquoi|comment) (est|sont|commence|y|serait|
        faut|sera|peut|dois|cela|est ce)
""")
TELLING = words("""
    demande demandais demandait disais disait dit dis raconte toujours souvent parfois jamais
    chaque client clients cliente patient patients collegue collegues chef equipe professeur gens
    elle eux nous notre nos ans annee semaine mois quand lorsque avant apres pendant projet
    experience travaillais travaille appris entreprise serveur etudes metier oreille gauche
    telephone rappele
""")
FR = Table(
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
    linking=words("est etait sont etaient"),
    joining=words("et mais car ou"),
    polite=polite("""
        s il vous plait
        s il plait
        en fait
        peut etre
        bien sur
        du tout
        pour etre honnete
    """),
)
