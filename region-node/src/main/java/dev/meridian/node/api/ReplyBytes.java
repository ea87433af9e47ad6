package dev.meridian.node.api;

import dev.meridian.model.ByteSink;
import java.util.function.Consumer;

/**
 * Answers that are written as bytes, without a generator of JSON: for reads, most of whose answer goes from stored bytes
 * to JSON. Each thread keeps its buffer for the next answer: RequestBenchmark.
 */
final class ReplyBytes {
    private static final int KEPT_BYTES_MAX = 64 << 10;

    private static final ThreadLocal<ByteSink> BUFFER = ThreadLocal.withInitial(() -> new ByteSink(4 << 10));

    private ReplyBytes() {}

    /** Made now: for what only a snapshot holds. @param writer of the whole answer; makes no other one meanwhile */
    static Reply write(Consumer<ByteSink> writer) {
        ByteSink out = BUFFER.get();
        out.clear();
        try {
            writer.accept(out);
            byte[] json = out.toArray();
            return () -> json;
        } finally {
            if (out.capacity() > KEPT_BYTES_MAX) {
                BUFFER.remove();
            }
        }
    }
}
