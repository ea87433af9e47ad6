package dev.meridian.simulator.cli;

import dev.meridian.node.cli.CommandProvider;
import dev.meridian.simulator.drill.DrillCommand;
import dev.meridian.simulator.load.BenchCommand;
import java.util.List;

/** The commands of this module. */
public final class SimulatorCommands implements CommandProvider {
    @Override
    public List<Object> commands() {
        return List.of(new ScenariosCommand(), new SimulateCommand(), new BenchCommand(), new DrillCommand());
    }
}
