import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Lets only those act who hold the token of this process: it stands in `endpoints.json`, which its user alone can read. */
export function requireToken(
  token: string,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  const expected = digest(`Bearer ${token}`);
  return async (request, reply) => {
    if (timingSafeEqual(digest(request.headers.authorization ?? ""), expected)) return undefined;
    return reply.code(401).header("www-authenticate", "Bearer").send({
      code: "token_missing",
      message:
        "This acts on the deployment and needs `Authorization: Bearer <token>`: the token in endpoints.json of the service's data folder. The `sluice` command sends it by itself.",
    });
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
