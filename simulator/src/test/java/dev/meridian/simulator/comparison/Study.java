package dev.meridian.simulator.comparison;

import java.io.IOException;
import java.util.List;

/** Measures how something grows with something else. */
interface Study {
    List<Figures> run(Rig rig) throws IOException;
}
