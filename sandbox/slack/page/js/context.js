// What blocks need to be used: where a click goes, and what a form holds. Messages, modals and App Home share it.

import * as api from "./api.js";

const WORDS = {
  operation_timeout: "Heliograph did not answer in time. Try again.",
  dispatch_failed: "Heliograph is not responding right now.",
  not_in_channel: "Join the channel first.",
};

export const failure = (error) => WORDS[error] ?? `This didn't work (${error ?? "no answer"}).`;

/**
 * `target` is { channel, ts } or { view_id }; `held` maps a block to its values by action; `errors` are words by
 * block; `values()` is what the server should know of the form before the click.
 */
export function context(key, target, held, { errors = {}, values } = {}) {
  const place = (element, block) => ({ ...target, action_id: element.action_id, block_id: block.block_id });
  return {
    key,
    errors,
    set: (block, action, value) => held.set(block, { ...held.get(block), [action]: value }),
    get: (block, action) => held.get(block)?.[action],
    async act(element, block, value) {
      const more = { ...(value !== undefined && { value }), ...(values && { values: values() }) };
      try {
        const { acked, error } = await api.click({ ...place(element, block), ...more });
        return acked ? undefined : failure(error);
      } catch (error) {
        return error.message;
      }
    },
    async suggest(element, block, text) {
      try {
        return await api.suggest({ ...place(element, block), value: text });
      } catch {
        return { options: [] };
      }
    },
  };
}

/** Slack's `state.values` → what a form holds: plain values instead of typed entries. */
export function heldIn(state) {
  const blocks = Object.entries(state?.values ?? {});
  return new Map(blocks.map(([block, entries]) => [block, Object.fromEntries(Object.entries(entries).map(unwrap))]));
}

function unwrap([action, entry]) {
  const chosen = Object.entries(entry).find(([key]) => key !== "type")?.[1];
  const plain = (value) => (value && typeof value === "object" && "value" in value ? value.value : value);
  return [action, Array.isArray(chosen) ? chosen.map(plain) : plain(chosen)];
}
