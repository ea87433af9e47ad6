package dev.meridian.node.http;

import dev.meridian.node.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/** A port: told of each operation that was executed. Called on any thread: it must only count. */
@FunctionalInterface
public interface RequestObserver {
    /** @param error what it was refused with, if it was */
    void answered(String operation, long nanos, @Nullable ErrorCode error);
}
