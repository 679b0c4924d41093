"""Answers as people give them, with what may be said back of each, and what may not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    locale: str
    heard: str
    faithful: tuple[str, ...]
    """As a model that keeps to its prompt would say it back."""
    false: tuple[str, ...]
    """As a model that does not: each says something that was not said, or leaves half of it out."""


CASES = (
    Case(
        "en",
        (
            "Well, um, I led a team of five people in Homburg, and I introduced a new shift "
            "plan. It cut our overtime by 20 percent. I didn't like the old plan, but it "
            "worked. My boss got a prize."
        ),
        (
            "You led a team of five people in Homburg, and you introduced a new shift plan.",
            "You led a team of five people in Homburg.",
            "You introduced a new shift plan. It cut your overtime by 20 percent.",
            "You did not like the old plan, but it worked.",
            "You didn't like the old plan, but it worked. Your boss got a prize.",
        ),
        (
            "You led a team of six people in Homburg.",
            "You led a team of five people in Hamburg.",
            "You led a large team of five people in Homburg.",
            "You liked the old plan, but it worked.",
            "You didn't like the old plan.",
            "You got a prize.",
            "You led a team and got a prize.",
            "Your team of five people introduced a new shift plan.",
            "It cut your overtime by 20 hours.",
            "It cut our costs by 20 percent.",
            "Impressive: you led a team of five people in Homburg.",
            "You are a natural leader.",
            "You always led a team of five people in Homburg.",
        ),
    ),
    Case(
        "en",
        (
            "I worked as assistant manager at Miller's for two years. Maybe I would do it "
            "again. Anna, who trained me, moved from Munich to Berlin. I was not responsible "
            "for the budget."
        ),
        (
            "You worked as assistant manager at Miller's for two years.",
            "Maybe you would do it again.",
            "You were not responsible for the budget.",
            "You weren't responsible for the budget.",
            (
                "You worked as assistant manager at Miller's for two years. You were not "
                "responsible for the budget."
            ),
        ),
        (
            "You worked as manager at Miller's for two years.",
            "You would do it again.",
            "You trained Anna, who moved from Munich to Berlin.",
            "Anna moved from Berlin to Munich.",
            "You moved from Munich to Berlin.",
            "You were responsible for the budget.",
            "You worked at Miller's for three years.",
            "You worked as assistant manager at Miller's.",
            "Trained you, moved from Munich to Berlin.",
        ),
    ),
    Case(
        "en",
        (
            "I tried to fix the oven myself, but not alone. If I had more time, I would have "
            "called Tom. We served 300 guests on Sundays, except in winter. He told me I was "
            "slow."
        ),
        (
            "You tried to fix the oven yourself, but not alone.",
            "If you had more time, you would have called Tom.",
            "You served 300 guests on Sundays, except in winter.",
            "He told you you were slow.",
        ),
        (
            "You fixed the oven yourself.",
            "You tried to fix the oven yourself.",
            "You would have called Tom.",
            "You called Tom.",
            "You served 300 guests on Sundays.",
            "You were slow.",
            "You told him he was slow.",
            "You served 3000 guests on Sundays, except in winter.",
            "You served 300 guests.",
        ),
    ),
    Case(
        "de",
        (
            "Ich habe, äh, fünf Jahre in einer Bäckerei in Homburg gearbeitet, und ich leitete "
            "die Frühschicht. Mein Chef war nicht zufrieden, aber ich habe 20 Prozent gespart. "
            "Vielleicht mache ich das wieder. Sie haben die Maschine repariert."
        ),
        (
            "Sie haben fünf Jahre in einer Bäckerei in Homburg gearbeitet.",
            (
                "Sie haben fünf Jahre in einer Bäckerei in Homburg gearbeitet, und Sie leiteten"
                " die Frühschicht."
            ),
            "Sie leiteten die Frühschicht.",
            "Ihr Chef war nicht zufrieden, aber Sie haben 20 Prozent gespart.",
            "Vielleicht machen Sie das wieder.",
            (
                "Sie leiteten die Frühschicht. Ihr Chef war nicht zufrieden, aber Sie haben 20 "
                "Prozent gespart."
            ),
        ),
        (
            "Sie haben sechs Jahre in einer Bäckerei in Homburg gearbeitet.",
            "Sie haben fünf Jahre in einer Bäckerei in Hamburg gearbeitet.",
            "Sie leiteten die Bäckerei.",
            "Ihr Chef war zufrieden.",
            "Sie waren nicht zufrieden, aber Sie haben 20 Prozent gespart.",
            "Ihr Chef war nicht zufrieden.",
            "Sie machen das wieder.",
            "Sie haben die Maschine repariert.",
            "Sehr gut, Sie leiteten die Frühschicht.",
            "Sie leiten die Frühschicht.",
            "sie leiteten die Frühschicht.",
            "Sie leiteten die Frühschicht. Vielleicht machen Sie das wieder.",
        ),
    ),
    Case(
        "es",
        (
            "Bueno, yo dirigí un equipo de cinco personas en Homburg, y yo tengo dos años de "
            "experiencia. Trabajé en una panadería. No trabajé los domingos. Mi jefe ganó un "
            "premio. Quizás lo haría otra vez. Ganó mucho dinero."
        ),
        (
            (
                "Usted dirigió un equipo de cinco personas en Homburg, y usted tiene dos años de "
                "experiencia."
            ),
            "Usted dirigió un equipo de cinco personas en Homburg.",
            "Usted dirigió un equipo de cinco personas en Homburg. Su jefe ganó un premio.",
            "Su jefe ganó un premio.",
            "Trabajó en una panadería. Su jefe ganó un premio.",
        ),
        (
            "Usted dirigió un equipo de seis personas en Homburg.",
            "Usted dirigió un equipo de cinco personas en Hamburgo.",
            "Trabajó los domingos.",
            "Usted ganó un premio.",
            "Ganó un premio.",
            "Ganó mucho dinero.",
            "Lo haría otra vez.",
            "Usted tiene tres años de experiencia.",
            "Quizás lo haría otra vez.",
            "Excelente trabajo con un equipo de cinco personas.",
        ),
    ),
    Case(
        "fr",
        (
            "Alors, euh, j'ai dirigé une équipe de cinq personnes à Homburg, et j'ai introduit "
            "un nouveau plan. Je n'étais pas responsable du budget. Mon chef a gagné un prix. "
            "Peut-être que je le ferais encore."
        ),
        (
            (
                "Vous avez dirigé une équipe de cinq personnes à Homburg, et vous avez "
                "introduit un nouveau plan."
            ),
            "Vous avez dirigé une équipe de cinq personnes à Homburg.",
            "Vous avez introduit un nouveau plan.",
            "Vous n'étiez pas responsable du budget.",
            "Vous n'étiez pas responsable du budget. Votre chef a gagné un prix.",
            "Votre chef a gagné un prix.",
        ),
        (
            "Vous avez dirigé une équipe de six personnes à Homburg.",
            "Vous avez dirigé une équipe de cinq personnes à Hambourg.",
            "Vous dirigez une équipe de cinq personnes à Homburg.",
            "Vous étiez responsable du budget.",
            "Vous avez gagné un prix.",
            "Vous le feriez encore.",
            "Bravo, vous avez introduit un nouveau plan.",
            "Vous avez introduit un plan.",
            "Votre chef a introduit un nouveau plan.",
        ),
    ),
)

TAKEN_OUT = (
    ("en", "My boss always said, I was the best. I left in May.", "You were the best."),
    ("en", "My boss said: I am lazy and slow.", "You are lazy and slow."),
    ("en", "I dreamed, I was the manager.", "You were the manager."),
    ("en", "I led the whole team, I think.", "You led the whole team."),
    ("en", "I think, I led the whole team.", "You led the whole team."),
    ("en", "In theory, I led the whole team.", "You led the whole team."),
    ("en", "In my dream, I led the whole team.", "You led the whole team."),
    ("en", "Anna and I led the team.", "You led the team."),
    ("en", "My good friend Anna from old Berlin and I led the team.", "You led the team."),
    ("en", "I led 20 people or so.", "You led 20 people."),
    ("en", "I saved 20% of the costs.", "You saved 20€ of the costs."),
    ("en", "I saved $20 a day.", "You saved 20% a day."),
    ("en", "The change was -5 degrees for me.", "The change was 5 degrees for you."),
    ("en", "I led the whole team. No, that was Anna.", "You led the whole team."),
    ("en", "I led ten people. Sorry, five people.", "You led ten people."),
    ("en", "I won the prize. That is not true.", "You won the prize."),
    ("en", "I didn't quit because I hated Anna.", "You didn't quit."),
    ("en", "I did not steal until they stopped paying me.", "You did not steal."),
    ("en", "I led the team or my colleague Anna led the team.", "You led the team."),
    ("en", "I led the team, or so I was told by them.", "You led the team."),
    ("en", "Had I had more time, I would have called Tom.", "You would have called Tom."),
    ("en", "Did I steal money? No, never.", "Did you steal money."),
    ("en", "Tom was lazy. My boss was great. He got a prize.", "Tom was lazy. He got a prize."),
    (
        "en",
        "I led the team as long as, well, I was the only one there.",
        "You led the team as long as.",
    ),
    ("en", "My colleague Tom claimed, I stole money.", "You stole money."),
    (
        "en",
        "I supposedly, or that is what Tom says, stole the money, I never did.",
        "You never did it.",
    ),
    ("en", "I led the team, which was a lie I told to everybody there.", "You led the team."),
    ("en", "I was the boss while Anna was ill.", "You were the boss."),
    ("de", "Mein Chef sagte, ich sei faul und dumm.", "Sie seien faul und dumm."),
    ("de", "Er meinte, ich hätte Geld gestohlen.", "Sie hätten Geld gestohlen."),
    ("de", "Mich hat Anna damals entlassen.", "Sie hat Anna damals entlassen."),
    ("de", "Dann hat mich Anna entlassen.", "Dann hat Sie Anna entlassen."),
    ("de", "Es ist nicht wahr, dass ich Geld gestohlen habe.", "Dass Sie Geld gestohlen haben."),
    ("de", "Ich habe das Team geleitet, glaube ich.", "Sie haben das Team geleitet."),
    ("de", "Ich habe das Team geleitet. Nein, das war Anna.", "Sie haben das Team geleitet."),
    (
        "de",
        "Ich habe 20 Euro gespart, während Anna alles andere gemacht hat.",
        "Sie haben 20 Euro gespart.",
    ),
    ("de", "Ich trinke Bier in Maßen.", "Sie trinken Bier in Massen."),
    ("de", "Hätte ich mehr Zeit gehabt, hätte ich Tom gerufen.", "hätten Sie Tom gerufen."),
    ("de", "Anna und ich leiteten die ganze Schicht.", "Sie leiteten die ganze Schicht."),
    ("de", "Ich kündigte nicht, weil ich Anna hasste.", "Sie kündigten nicht."),
    (
        "de",
        "Ich habe das Team geleitet, oder eine Kollegin von mir hat es geleitet.",
        "Sie haben das Team geleitet.",
    ),
    ("de", "Ich leitete das Team, außer wenn Anna da war.", "Sie leiteten das Team."),
    ("es", "Mi jefe hizo trampas. Fue despedido por mi culpa.", "Fue despedido por su culpa."),
    ("es", "Mi jefe era vago. Trabajaba muy poco.", "Trabajaba muy poco."),
    ("es", "Anna era mi jefa. Tiene mucha experiencia.", "Tiene mucha experiencia."),
    ("es", "Me engañó Anna en el trabajo.", "Se engañó Anna en el trabajo."),
    ("es", "Mi jefe dijo, yo soy muy vago.", "Usted es muy vago."),
    ("es", "No es cierto que yo robé dinero.", "Que usted robó dinero."),
    ("es", "Yo dirigí el equipo, creo yo.", "Usted dirigió el equipo."),
    ("es", "En teoría, yo dirigí el equipo.", "Usted dirigió el equipo."),
    ("es", "Anna y yo dirigimos el equipo.", "Usted dirigimos el equipo."),
    ("es", "Yo dirigí el equipo. No, fue Anna.", "Usted dirigió el equipo."),
    ("es", "La despidió el jefe. Yo lloré.", "La despidió el jefe."),
    ("es", "De haber podido, yo lo habría hecho.", "Usted lo habría hecho."),
    ("fr", "Mon chef disait toujours, je suis trop lent.", "Vous êtes trop lent."),
    ("fr", "En théorie, j'ai dirigé toute l'équipe.", "Vous avez dirigé toute l'équipe."),
    ("fr", "J'ai dirigé toute l'équipe, je crois.", "Vous avez dirigé toute l'équipe."),
    ("fr", "J'ai dirigé toute l'équipe. Non, c'était Anna.", "Vous avez dirigé toute l'équipe."),
    ("fr", "Anna et moi, nous avons dirigé l'équipe.", "Vous avez dirigé l'équipe."),
    ("fr", "Je n'ai pas démissionné parce que j'étais malade.", "Vous n'avez pas démissionné."),
    (
        "fr",
        "J'ai dirigé l'équipe ou alors c'est Anna qui l'a dirigée.",
        "Vous avez dirigé l'équipe.",
    ),
    ("fr", "J'ai fini 20% du travail.", "Vous avez fini 20€ du travail."),
    ("fr", "Si j'avais eu le temps, j'aurais appelé Tom.", "Vous auriez appelé Tom."),
    ("fr", "Imaginons, je suis le chef de tous.", "Vous êtes le chef de tous."),
    ("en", "I imagined being the boss, and I fired Anna.", "You fired Anna."),
    ("en", "I worked hard, but I was fired.", "You worked hard, so you were fired."),
    ("en", "I fired Anna, and I cried.", "You cried and you fired Anna."),
    ("en", "I was hired. I stole money. I was fired.", "You were fired. You stole money."),
    (
        "en",
        "I bought a dog, and I made a plan. It cut our costs.",
        "You bought a dog. It cut your costs.",
    ),
    ("en", "I led the team. Well, but that was only in the beginning.", "You led the team."),
    ("en", "I managed the shop. Or rather, I helped to manage it.", "You managed the shop."),
    ("en", "I never stole money, and I lied.", "You stole money, and you lied."),
    ("en", "I cook, and I serve, and I was told I steal.", "You steal a lot."),
    ("en", "I led the shift for 5 years, and I hated it.", "You led the shift for .5 years."),
    ("en", "I answered 1,000 calls a day.", "You answered 1.000 calls a day."),
    ("en", "I answered 1.5 million calls.", "You answered 15 million calls."),
    ("en", "I worked 10-20 hours a week.", "You worked 10 20 hours a week."),
    ("en", "They fired us.", "They fired us."),
    ("en", "I know Mr. Smith stole money.", "Smith stole your money."),
    ("en", "I know that Mr. Smith stole money.", "Smith stole money."),
    ("en", "I was with Dr. No one trusted me.", "No one trusted you."),
    ("en", "I wasn't late.", "You was late."),
    ("en", "I can't cook.", "You can cook."),
    ("en", "I cant cook well.", "You can cook well."),
    ("en", "I would have led the team.", "You have led the team."),
    ("en", "I'd led the team.", "You'd lead the team."),
    ("en", "I led it. Just kidding.", "You led it well."),
    ("en", "I led the whole shop. Just kidding.", "You led the whole shop."),
    (
        "en",
        "I led the whole shop. Well, at least I thought so, but it was never true at all.",
        "You led the whole shop.",
    ),
    ("de", "Gut habe ich das nicht gemacht.", "Haben Sie das nicht gemacht."),
    (
        "de",
        "Ich weinte, weil mich Anna entlassen hat.",
        "Sie weinten, weil Sie Anna entlassen hat.",
    ),
    ("de", "Ich stellte mir vor, ich wäre Chef, und ich feuerte Anna.", "Sie feuerten Anna."),
    ("de", "Ich habe kein Geld gestohlen.", "Sie haben ein Geld gestohlen."),
    ("de", "Ich habe meinen Chef bestohlen.", "Sie haben Ihr Chef bestohlen."),
    (
        "de",
        "Wir haben das Team geleitet, und ich war krank.",
        "Sie waren krank und haben das Team geleitet.",
    ),
    ("de", "Ich könnte das Team leiten.", "Sie konnten das Team leiten."),
    ("de", "Ich hätte das Team geleitet.", "Sie hatten das Team geleitet."),
    ("de", "Ich musste gehen.", "Sie müssten gehen."),
    ("de", "Ich fahre LKW. Stimmt gar nicht.", "Sie fahren LKW."),
    ("de", "Mir hat Anna Geld gestohlen.", "Ihnen hat Anna Geld gestohlen, Ihnen."),
    (
        "de",
        "Ich habe Anna gefeuert. Beziehungsweise Tom hat Anna gefeuert.",
        "Sie haben Anna gefeuert.",
    ),
    ("es", "Mi jefe lloró, y fui a casa.", "Su jefe lloró, y fue a casa."),
    ("es", "Mi jefe vendió mi coche.", "Su jefe vendió su coche."),
    ("es", "Lo despidió Anna ayer.", "La despidió Anna ayer."),
    ("es", "Yo lloré, mi jefe rió, y fui a casa.", "Usted lloró, su jefe rió, y fue a casa."),
    ("es", "Trabajaría en Madrid mañana.", "Trabajaba en Madrid mañana."),
    ("es", "Hablo inglés muy bien.", "Habló inglés muy bien."),
    ("es", "Yo hablo inglés. Mentira.", "Usted habla inglés."),
    ("es", "Yo lo despedí ayer.", "Usted la despidió ayer."),
    ("es", "Le di dinero a mi jefe.", "Se dio dinero a su jefe."),
    ("es", "Dirijo el equipo. Pero solo los lunes y los martes.", "Dirige el equipo."),
    ("fr", "J'ai rêvé d'être chef, et j'ai viré Anna.", "Vous avez viré Anna."),
    ("fr", "J'aurais dirigé l'équipe.", "Vous auriez dirigé l'équipe hier."),
    ("fr", "Je n'ai jamais volé.", "Vous n'avez volé."),
    ("fr", "Je finis le travail.", "Vous finissez le travail hier."),
    ("fr", "Je mangeais peu.", "Vous mangez peu."),
    ("fr", "J'ai volé de l'argent. C'est faux.", "Vous avez volé de l'argent."),
    ("fr", "J'ai dirigé l'équipe. Enfin, surtout Anna.", "Vous avez dirigé l'équipe."),
    ("fr", "Il m'a viré.", "Il vous a virez."),
)
"""(locale, answer, words of it that say something else without what stands beside them): quoted
and reported speech, dreams, doubts, conditions, who else did it, what was taken back, signs beside
a number, whose subject was dropped, who is meant by "he"."""
