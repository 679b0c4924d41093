/** @typedef {import("./app.js").InterviewPage} InterviewPage */
/** @typedef {import("./model.js").Actions} Actions */

/**
 * What each click of the candidate does.
 * @param {InterviewPage} page @returns {Omit<Actions, "openOptions" | "openHistory">}
 */
export function actionsOf(page) {
  return {
    consent: (accepted) => void page.consent(accepted),
    askMicrophone: () => void page.devices.ask(page.model.check.microphoneId),
    chooseMicrophone: (id) => {
      page.endRehearsal(); // it was about another one
      void page.devices.choose(id);
    },
    mendMicrophone: (choose) => void page.devices.mend(choose),
    chooseSpeaker: (id) => void page.devices.chooseSpeaker(id),
    playTone: () => void page.devices.playTone(),
    rehearse: () => void page.rehearse(),
    nextInRehearsal: () => page.rehearsing?.next(),
    endRehearsal: () => page.endRehearsal(),
    choosePace: (pace) => page.setCheck({ pace }),
    start: (withMicrophone) => page.start(withMicrophone),
    command: (what) => page.command(what),
    confirm: (choice) => void (page.client.confirm(choice) || page.notice(page.strings.call.notConnected)),
    checkNetwork: () => void page.connectivity.check(),
    typeOverWeb: () => page.connectivity.type(),
    dismissAdvice: () => page.set({ adviceDismissed: true }),
    toggleMute: () => page.client.mute(!page.model.muted),
    toggleTyping: () => page.set({ typing: !page.model.typing, typingByClick: true }),
    draft: (text) => {
      page.answers.draft(text);
      page.client.typing();
    },
    answer: (text) => page.answers.send(text),
    tell: (message) => page.client.send(message),
    keep: (id, text) => {
      page.drafts.set(id, text);
      page.client.typing();
    },
    kept: (id) => page.drafts.of(id),
    leave: () => page.command("leave"),
    pace: (pace) => void (page.client.setPace(pace) || page.notice(page.strings.call.notConnected)),
    captions: (on) => page.set({ captions: on }),
    unlockSound: () => page.sound.playback.unlock(),
    retry: () => page.retry(),
    notice: (text) => page.notice(text),
    goTo: (url) => globalThis.location.assign(url),
    undoDecline: () => page.decline.undo(),
    openReview: () => page.ending.after((after) => after.openReview(page)),
    closeReview: () => page.set({ screen: "finished", failure: "" }),
    reviewDraft: (prompt, text) => page.ending.after((after) => after.keepReview(page, prompt, text)),
    sendReview: (texts) => page.ending.after((after) => after.sendReview(page, texts)),
    download: () => page.ending.after((after) => after.download(page)),
  };
}
