package dev.meridian.streams.consumer;

import java.util.List;
import java.util.Optional;

/**
 * Where results and progress are kept together, in a database say: then each change counts exactly once, whatever fails
 * when.
 */
public interface TransactionalSink {
    /** The progress that was committed last; empty at first. */
    Optional<String> progress() throws Exception;

    /**
     * Takes the changes and keeps the progress, both or neither. If it throws, the consumer asks for {@link #progress} and
     * goes on from there, so that a commit whose outcome is unknown is no harm.
     *
     * @param changes those of one item in their order; empty if only the progress moved
     */
    void commit(List<ChangeRecord> changes, String progress) throws Exception;

    /** Hands changes over and then saves the progress: at least once. */
    static TransactionalSink atLeastOnce(ChangeHandler handler, ProgressStore store) {
        return new TransactionalSink() {
            @Override
            public Optional<String> progress() throws Exception {
                return store.load();
            }

            @Override
            public void commit(List<ChangeRecord> changes, String progress) throws Exception {
                if (!changes.isEmpty()) {
                    handler.handle(changes);
                }
                store.save(progress);
            }
        };
    }
}
