/** Line icons on a 24 × 24 grid, decorative: the text beside them says what they mean. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} */
const PATHS = {
  mic: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21M8.5 21h7",
  micOff:
    "M9 9v2a3 3 0 0 0 4.6 2.5M15 11V6a3 3 0 0 0-5.8-1M5.5 11a6.5 6.5 0 0 0 10.4 5.2M18.2 13a6.5 6.5 0 0 0 .3-2M12 17.5V21M8.5 21h7M4 4l16 16",
  check: "M5 12.5l4.5 4.5L19 7.5",
  undo: "M4 9h10a5.5 5.5 0 0 1 0 11h-3M4 9l4-4M4 9l4 4",
  repeat: "M4.5 12a7.5 7.5 0 1 1 2.3 5.4M4.5 18v-4h4",
  skip: "M6 6l7 6-7 6V6ZM17.5 6v12",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  play: "M8 5.5l10 6.5-10 6.5v-13Z",
  keyboard: "M3.5 6.5h17v11h-17v-11ZM7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M8 14h8",
  sliders: "M4 8h9M17 8h3M15 5.8v4.4M4 16h3M11 16h9M9 13.8v4.4",
  leave: "M14 4.5H6.5v15H14M10.5 12H20M16.5 8.5L20 12l-3.5 3.5",
  speaker: "M4.5 9.5v5h3.2L12 18V6L7.7 9.5H4.5ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
  info: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 11v5.5M12 7.7h.01",
  warning: "M12 4 2.8 19.5h18.4L12 4ZM12 10v4.5M12 17h.01",
  offline: "M4 4l16 16M8.5 15.5a5 5 0 0 1 6 -.6M5.3 12.2a9.6 9.6 0 0 1 4-2.3M14 9.6c1.8.4 3.4 1.3 4.7 2.6M12 19h.01",
  download: "M12 4v11M7.5 10.8 12 15.3l4.5-4.5M5 19.5h14",
  headphones:
    "M4 15.5V12a8 8 0 0 1 16 0v3.5M4 15a1.5 1.5 0 0 1 3 0v3a1.5 1.5 0 0 1-3 0v-3ZM17 15a1.5 1.5 0 0 1 3 0v3a1.5 1.5 0 0 1-3 0v-3Z",
  heart: "M12 20s-7.5-4.4-7.5-10A4.2 4.2 0 0 1 12 7.4 4.2 4.2 0 0 1 19.5 10c0 5.6-7.5 10-7.5 10Z",
  window: "M3.5 5h12v9h-12V5ZM9 17.5V19h11.5v-9h-2",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  chat: "M4 5h16v11h-8.500L7 19.500V16H4V5Z",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  send: "M4.500 12 20 5l-5 15-3.500-6.500L4.500 12Z",
};

/** These point the way that is written: they are mirrored where that is from right to left. */
const POINTING = new Set(["undo", "skip", "leave", "send"]);

/** @param {keyof typeof PATHS} name @param {string} [className] @returns {SVGElement} */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", POINTING.has(name) ? `${className} pointing` : className);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? "");
  svg.append(path);
  return svg;
}
