package dev.meridian.node.api;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.node.store.Store;
import dev.meridian.node.store.WriteView;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * The client request tokens of the last ten minutes, kept in the store in the transactions that they belong to: a
 * transaction that was done is not done again, also after a crash.
 */
final class TransactionTokens {
    /** As DynamoDB promises. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    private static final String SPACE = "transaction-token";

    /** Expired tokens that one transaction clears away. */
    private static final int CLEARED = 4;

    private final InstantSource clock;

    /** In the order of their times. Used by the store's writer only. */
    private final Deque<Known> byAge = new ArrayDeque<>();

    private record Known(String token, long millis) {}

    TransactionTokens(Store store, InstantSource clock) {
        this.clock = clock;
        List<Known> known = store.read(view -> {
            List<Known> found = new ArrayList<>();
            for (String token : view.documentKeys(SPACE)) {
                view.document(SPACE, token).ifPresent(value -> found.add(new Known(token, millis(value))));
            }
            return found;
        });
        known.sort(Comparator.comparingLong(Known::millis));
        byAge.addAll(known);
    }

    private static long millis(Bytes value) {
        ByteBuffer in = value.asBuffer();
        return in.getLong();
    }

    /** @param field of the request that says what the transaction is to do, however that was written */
    Claim claim(String token, RequestReader request, String field) {
        return new Claim(token, digest(request, field));
    }

    private static Bytes digest(RequestReader request, String field) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            request.canonical(field, new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            return Bytes.wrap(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** One request with a token. */
    final class Claim {
        private final String token;
        private final Bytes digest;

        Claim(String token, Bytes digest) {
            this.token = token;
            this.digest = digest;
        }

        /** @throws ApiException if another request had the token */
        boolean isDone(WriteView view) {
            Bytes value = view.document(SPACE, token).orElse(null);
            if (value == null || millis(value) + KEPT.toMillis() <= clock.millis()) {
                return false;
            }
            if (!Bytes.copyOf(value.asBuffer().position(Long.BYTES)).equals(digest)) {
                throw new ApiException(ErrorCode.IDEMPOTENT_PARAMETER_MISMATCH, "");
            }
            return true;
        }

        void record(WriteView view) {
            long now = clock.millis();
            view.document(
                    SPACE, token, new ByteSink(64).putLong(now).put(digest).toBytes());
            for (int i = 0; i < CLEARED && isExpired(byAge.peekFirst(), now); i++) {
                Known old = byAge.removeFirst();
                boolean renewed = view.document(SPACE, old.token())
                        .map(value -> millis(value) != old.millis())
                        .orElse(true);
                if (!renewed) {
                    view.document(SPACE, old.token(), null);
                }
            }
            byAge.addLast(new Known(token, now));
        }

        private boolean isExpired(@org.jspecify.annotations.Nullable Known known, long now) {
            return known != null && known.millis() + KEPT.toMillis() <= now;
        }
    }
}
