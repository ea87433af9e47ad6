package dev.meridian.node.api;

import java.io.ByteArrayOutputStream;

/** The bytes of an answer as they are written, no more than an answer may have. */
final class AnswerBytes extends ByteArrayOutputStream {
    /**
     * The largest legal record of a stream has 39 MB of JSON. Only transactions that are cancelled for the sake of many
     * large items may reach it.
     */
    private static final int BYTES_MAX = 64 << 20;

    AnswerBytes() {
        super(512);
    }

    @Override
    public synchronized void write(int b) {
        requireRoom(1);
        super.write(b);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
        requireRoom(length);
        super.write(bytes, from, length);
    }

    private void requireRoom(int more) {
        if (count + more > BYTES_MAX) {
            throw ApiException.validation("The answer would have more than " + BYTES_MAX + " bytes");
        }
    }
}
