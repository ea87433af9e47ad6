package dev.meridian.simulator.load;

import io.vertx.core.buffer.Buffer;

/**
 * An answer, or that there is none.
 *
 * @param status of HTTP; 0 without an answer
 * @param error the error's type without its namespace; what broke, without an answer; empty if all is well
 */
public record Reply(Outcome outcome, int status, String error, Buffer body) {
    static Reply none(Outcome outcome, String why) {
        return new Reply(outcome, 0, why, Buffer.buffer());
    }
}
