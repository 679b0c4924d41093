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
            "Sie haben 20 Prozent gespart.",
            "Vielleicht machen Sie das wieder.",
            "Sie leiteten die Frühschicht. Vielleicht machen Sie das wieder.",
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
        ),
    ),
    Case(
        "es",
        (
            "Bueno, yo dirigí un equipo de cinco personas en Homburg, y tengo dos años de "
            "experiencia. No trabajé los domingos. Mi jefe ganó un premio. Quizás lo haría otra"
            " vez. Ganó mucho dinero."
        ),
        (
            (
                "Usted dirigió un equipo de cinco personas en Homburg, y tiene dos años de "
                "experiencia."
            ),
            "Usted dirigió un equipo de cinco personas en Homburg.",
            "Usted dirigió un equipo de cinco personas en Homburg. Su jefe ganó un premio.",
            "Su jefe ganó un premio.",
            "Quizás lo haría otra vez.",
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
