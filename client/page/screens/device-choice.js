import { h, rebuild, uniqueId } from "../dom.js";

/** @typedef {import("../model.js").Device} Device */

/**
 * A labelled list of microphones or speakers.
 * @param {string} label @param {(index: number) => string} unnamed @param {(id: string) => void} onChoose
 */
export function deviceChoice(label, unnamed, onChoose) {
  const id = uniqueId("device");
  const select = h("select", { attrs: { id }, on: { change: () => onChoose(select.value) } });
  const element = h("div", { class: "field" }, h("label", { text: label, attrs: { for: id } }), select);
  return {
    element,
    select,
    /** @param {Device[]} devices @param {string | null} chosen null: none of them */
    update(devices, chosen) {
      rebuild(select, JSON.stringify(devices), () =>
        devices.map((device, index) =>
          h("option", { text: device.label || unnamed(index + 1), attrs: { value: device.id } }),
        ),
      );
      if (chosen === null) select.selectedIndex = -1;
      else if (select.value !== chosen && devices.some((device) => device.id === chosen)) select.value = chosen;
    },
  };
}
