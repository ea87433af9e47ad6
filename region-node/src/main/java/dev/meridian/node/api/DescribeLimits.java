package dev.meridian.node.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** DescribeLimits: the default quotas of an account. Meridian itself limits no capacity. */
final class DescribeLimits implements Operation {
    private static final long ACCOUNT_UNITS = 80_000;
    private static final long TABLE_UNITS = 40_000;

    @Override
    public CompletionStage<Reply> execute(RequestReader request) {
        return CompletableFuture.completedFuture(Reply.now(out -> {
            out.writeNumberField("AccountMaxReadCapacityUnits", ACCOUNT_UNITS);
            out.writeNumberField("AccountMaxWriteCapacityUnits", ACCOUNT_UNITS);
            out.writeNumberField("TableMaxReadCapacityUnits", TABLE_UNITS);
            out.writeNumberField("TableMaxWriteCapacityUnits", TABLE_UNITS);
        }));
    }
}
