// The passkey behind this phone's yes, where the portal asks for one: made when the phone is connected, used
// with finger, face or PIN for each yes. What it answers to is the hash of what the phone signs.

import { Refused, decode, encode } from "./phone_portal.js";

const PATIENCE = 60_000;

/** This phone has no passkeys, or no screen lock to use them with. */
export class Unable extends Error {}

/** Whether it can be tried. */
export const isAble = async () => {
  try {
    return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
  } catch {
    return false;
  }
};

const hash = (bytes) => crypto.subtle.digest("SHA-256", bytes);
const challengeOf = (text) => hash(new TextEncoder().encode(text));

const write = ({ rawId, type, response }, parts) => {
  const id = encode(rawId);
  const said = Object.fromEntries(parts.map((part) => [part, response[part] && encode(response[part])]));
  const transports = response.getTransports?.();
  return { id, rawId: id, type, response: { ...said, transports } };
};

/** Makes one; `options` are the portal's, `name` is how the phone calls it, `key` its own, `text` what it signs. */
export const make = async (options, name, key, text) => {
  const user = { id: await hash(key), name, displayName: name };
  const publicKey = { ...options, user, challenge: await challengeOf(text) };
  try {
    const made = await navigator.credentials.create({ publicKey });
    return write(made, ["clientDataJSON", "attestationObject"]);
  } catch (error) {
    // Given up, or too late; browsers do not say which.
    throw ["NotAllowedError", "AbortError"].includes(error.name) ? new Refused("not-confirmed") : new Unable();
  }
};

/** Uses the one with this id for a yes that the phone signs as `text`. */
export const use = async (id, text) => {
  if (!id) throw new Refused("connect-again");
  const allowCredentials = [{ type: "public-key", id: decode(id), transports: ["internal"] }];
  const how = { allowCredentials, timeout: PATIENCE, userVerification: "required" };
  try {
    const used = await navigator.credentials.get({ publicKey: { ...how, challenge: await challengeOf(text) } });
    return write(used, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);
  } catch {
    throw new Refused("not-confirmed");
  }
};

/** Lets the phone forget one that the portal does not know. */
export const drop = (id) =>
  PublicKeyCredential.signalUnknownCredential?.({ rpId: location.hostname, credentialId: id }).catch(() => {});
