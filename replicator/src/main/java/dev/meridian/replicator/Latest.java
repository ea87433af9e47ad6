package dev.meridian.replicator;

import dev.meridian.model.Version;

/** A value and when it was set. Of two accounts of the same thing the later wins. */
public record Latest<T>(Version version, T value) {
    /** Set anew, above what is known, which a faster clock may have written. The same if nothing changes. */
    public Latest<T> changed(Version now, T next) {
        if (next.equals(value)) {
            return this;
        }
        Version above =
                now.compareTo(version) > 0 ? now : new Version(version.time().next(), now.region());
        return new Latest<>(above, next);
    }

    Latest<T> later(Latest<T> other) {
        return version.compareTo(other.version) >= 0 ? this : other;
    }
}
