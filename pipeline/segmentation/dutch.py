"""What the mending of sentence boundaries has to know of Dutch."""

# A sentence does not end at these, whatever follows.
NEVER_FINAL = frozenset(
    """
    prof.dr. mr.dr. dr.ir. prof.mr. tel.nr. th. joh. ph. chr. jac. burg. weth. wed. staatssecr. secr. mej. lic. bc. kol.
    lt. temp. ong. afz. oorspr. plm. p.a. m.i. v.h. mr.drs. drs.ing. prof.dr.ir. mrs. mt. bros.
    a.g.v. afb. afd. alg. art. bijv. bv. c.q. ca. cf. d.m.v. d.w.z. dhr. dr. drs. ds. excl. fam. fig. gebr. hfst.
    i.c.m. i.h.b. i.p.v. i.s.m. i.t.t. i.v.m. incl. ing. ir. jhr. m.b.t. m.b.v. m.i.v. m.n. m.u.v. mevr.
    mgr. mr. mw. n.a.v. nr. nrs. o.a. o.b.v. o.g.v. o.l.v. o.m. o.v.v. pag. par. pres. prof. red. resp.
    sr. st. t.a.v. t.b.v. t.g.v. t.o.v. t.w. tel. v.d. vgl. vlg. vnl. vs. z.g. zgn. zog.
    """.split()
)

# A sentence may end at these: it does when a capital follows.
SOMETIMES_FINAL = frozenset(
    """
    ma. di. wo. do. vr. za. zo.
    a.s. a.u.b. apr. aug. c.s. dec. e.a. e.d. e.o. e.v. enz. etc. feb. i.o. jan. jl. jr. jul. jun. km.
    kb. ltd. max. min. mln. mld. mrd. mrt. n.chr. n.v.t. nov. okt. p.j. p.p. sec. sep. sept. t.z.t. v.chr.
    """.split()
)

# Words that open a sentence far more often than they follow the initial of a person.
OPENERS = frozenset(
    """
    aan achter al alle alleen als andere behalve ben bij binnen bovendien buiten daar daarbij daardoor daarmee
    daarna daarnaast daarom daarvoor dan dat de deze die dit doen door dus een eerst eerder en er ga geen
    gisteren haar heb hebben heeft het hier hij hoe hoewel hun ik immers in inmiddels intussen is ja je jij
    jullie kan komt kun later maar meer mijn misschien moet morgen na naar nee net niet niemand nog nu of om
    omdat onder ondanks ons onze ook op over overigens sinds sommige steeds tegen tenminste terwijl tijdens
    toch toen tot uit uiteindelijk vanaf vandaag veel verder volgens voor vooral waar waarom wanneer want
    waren was wat we weet wel welke wie wij wil woensdag wordt ze zelfs zij zijn zo zoals zonder zou
    """.split()
)

# Of those, the ones with which a family name can begin: J. De Vries, P. Op de Beek, A. In 't Veld.
NAME_PARTICLES = frozenset({"de", "het", "in", "op", "aan", "onder", "over", "uit", "voor"})

# Letters that are no initials: a sentence may end at them, whatever word follows.
ORGANISATIONS = frozenset({"N.V.", "B.V.", "C.V.", "V.S.", "V.N.", "E.U.", "U.S.", "A.N.W.B.", "N.S."})

ARTICLES = frozenset({"de", "het", "een", "die", "dat", "deze", "dit"})

# Before X, they make a place of it, the platform, and no initial.
ON_X = frozenset({"op", "via", "naar"})
