import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Machine;

/** Whether patterns take events: a pattern and an event in turn, a line each; "true" or "false" for every two. */
public class EventRuler {
    public static void main(String[] args) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String pattern = in.readLine(); pattern != null; pattern = in.readLine()) {
            var machine = new Machine();
            machine.addRule("rule", pattern);
            out.println(!machine.rulesForJSONEvent(in.readLine()).isEmpty());
        }
        out.flush();
    }
}
