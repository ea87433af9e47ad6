package dev.meridian.streams.consumer;

import java.util.List;

/** What is done with changes. May be told of the same changes again after a failure: at least once. */
@FunctionalInterface
public interface ChangeHandler {
    /** @param changes never empty; those of one item in their order */
    void handle(List<ChangeRecord> changes) throws Exception;
}
