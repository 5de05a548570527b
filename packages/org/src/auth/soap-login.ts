import { XMLParser } from "fast-xml-parser";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { OrgCore } from "../org-core.ts";
import { signInWithPassword } from "./password-sign-in.ts";
import type { PasswordEntry } from "./password-sign-in.ts";
import type { SessionStore } from "./sessions.ts";
import type { OrgUser } from "./users.ts";

export type SoapLoginDeps = {
  readonly core: Pick<OrgCore, "all" | "orgId">;
  readonly sessions: SessionStore;
  readonly passwords: readonly PasswordEntry[];
  readonly instanceUrl: () => string;
};

const loginSchema = z.object({ username: z.string(), password: z.string() });
const envelopeSchema = z.object({
  Envelope: z.object({
    Header: z.unknown().optional(),
    Body: z.object({ login: loginSchema.optional(), logout: z.unknown().optional() }),
  }),
});
const headerSchema = z.object({ SessionHeader: z.object({ sessionId: z.string() }) });

/**
 * `login` and `logout` of the partner SOAP API, which scripts still use to sign in with a password.
 * A real org offers it up to API 64; this one takes any version.
 */
export function registerSoapLogin(app: FastifyInstance, deps: SoapLoginDeps): void {
  app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      ["text/xml", "application/soap+xml"],
      { parseAs: "string" },
      (_request, body, parsed) => {
        parsed(null, body);
      },
    );
    scope.post("/services/Soap/u/*", (request, reply) => {
      const answer = answerEnvelope(typeof request.body === "string" ? request.body : "", deps);
      return reply.code(answer.status).type("text/xml; charset=utf-8").send(answer.xml);
    });
    done();
  });
}

type SoapAnswer = { readonly status: 200 | 500; readonly xml: string };

function answerEnvelope(body: string, deps: SoapLoginDeps): SoapAnswer {
  const envelope = parseEnvelope(body);
  if (envelope === undefined) return fault("UNKNOWN_EXCEPTION", "the body is no SOAP envelope");
  const { Header: header, Body: content } = envelope;
  if (content.login !== undefined) {
    const user = signInWithPassword(deps.core, deps.passwords, content.login);
    if (user === undefined) return fault("INVALID_LOGIN", "invalid username, password or security token");
    return { status: 200, xml: loginResult(user, deps) };
  }
  if (content.logout !== undefined) {
    const session = headerSchema.safeParse(header);
    if (session.success) deps.sessions.revoke(session.data.SessionHeader.sessionId);
    return { status: 200, xml: wrap("<logoutResponse/>") };
  }
  return fault(
    "UNSUPPORTED_API_OPERATION",
    "this org offers login and logout over SOAP, everything else over REST",
  );
}

function parseEnvelope(body: string): z.infer<typeof envelopeSchema>["Envelope"] | undefined {
  // Values stay text: a password such as 0123 must not become a number.
  const parser = new XMLParser({ removeNSPrefix: true, ignoreAttributes: true, parseTagValue: false });
  try {
    const parsed = envelopeSchema.safeParse(parser.parse(body));
    return parsed.success ? parsed.data.Envelope : undefined;
  } catch {
    return undefined;
  }
}

function loginResult(user: OrgUser, deps: SoapLoginDeps): string {
  const { token } = deps.sessions.issue(user.id);
  const { orgId } = deps.core;
  const serverUrl = `${deps.instanceUrl()}/services/Soap/u/67.0/${orgId.slice(0, 15)}`;
  return wrap(
    `<loginResponse><result><passwordExpired>false</passwordExpired><sandbox>false</sandbox>` +
      `<serverUrl>${escapeXml(serverUrl)}</serverUrl><sessionId>${escapeXml(token)}</sessionId>` +
      `<userId>${escapeXml(user.id)}</userId><userInfo><organizationId>${escapeXml(orgId)}</organizationId>` +
      `<userFullName>${escapeXml(user.name)}</userFullName><userId>${escapeXml(user.id)}</userId>` +
      `<userName>${escapeXml(user.username)}</userName></userInfo></result></loginResponse>`,
  );
}

function fault(code: string, message: string): SoapAnswer {
  const xml = `<soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${code}: ${message}</faultstring></soapenv:Fault>`;
  return { status: 500, xml: wrap(xml) };
}

function wrap(content: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope ` +
    `xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com" ` +
    `xmlns="urn:partner.soap.sforce.com"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`
  );
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
