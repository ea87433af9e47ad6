package dev.meridian.streams.triggers;

import java.util.concurrent.CompletionStage;

/** A port: the function that a trigger calls. */
public interface FunctionEndpoint {
    /**
     * Calls the function; does not block.
     *
     * @param event {@code {"Records": […]}}, UTF-8
     * @return what came of it; never fails, for a failure is an answer too
     */
    CompletionStage<FunctionAnswer> invoke(byte[] event);

    /** For people and dead letters: a URL. Without credentials. */
    String name();
}
