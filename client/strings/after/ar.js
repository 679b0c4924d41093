/** What is said when the interview is over, in Arabic: loaded then, and ahead of it. */

const RULES = new Intl.PluralRules("ar");

/** @param {number} count of seconds */
function secondsOf(count) {
  const rule = RULES.select(count);
  if (rule === "one") return "ثانية واحدة";
  if (rule === "two") return "ثانيتين";
  return `${count} ${rule === "few" ? "ثوانٍ" : "ثانية"}`;
}

/** @type {import("./en.js").AfterWords} */
export const words = {
  answers: "إجاباتك",
  noAnswer: "لا توجد إجابة.",
  download: "تنزيل كنص",
  file: "interview-answers.txt",
  question: "السؤال",
  followUp: "متابعة السؤال",
  practice: "تدريب",
  candidateQuestions: "أسئلتك",
  pending: "ما زالت كلماتك الأخيرة تُكتب.",
  erased: "حُفظت كلماتك لمدة محدودة ثم حُذفت.",
  elsewhere: "لا تظهر كلماتك إلا في النافذة التي قلتها فيها.",
  notHere: "ما قلته في نافذة أخرى لا يظهر هنا.",
  corrected: "تصحيحك",
  takenBack: "تم سحبه",
  reviewAsk: (minutes) => `يمكنك مراجعة كلماتك وتصحيحها قبل تسليمها. الوقت المتبقي بالدقائق: ${minutes}.`,
  reviewOpen: "مراجعة كلماتي",
  reviewDone: "لقد راجعت كلماتك، وتم تسليمها.",
  reviewOver: "انتهى وقت المراجعة. تُسلَّم كلماتك كما سُمعت.",
  reviewNotSent: "لم يتم الإرسال. تصحيحاتك ما زالت هنا؛ يُرجى المحاولة مرة أخرى.",
  going: {
    goingOn: (site, seconds) => `بعد ${secondsOf(seconds)} تنتقل إلى ${site}.`,
    announced: (site) => `ستنتقل إلى ${site} بعد لحظات. يمكنك أيضًا البقاء هنا.`,
    goOn: (site) => `المتابعة إلى ${site}`,
    stay: "البقاء هنا",
  },
};
