import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Validates one file against several flavours; prints each broken rule once and exits 1 when there is any. */
public class Validate {
  public static void main(String[] arguments) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    Map<String, Integer> broken = new TreeMap<>();
    for (int i = 1; i < arguments.length; i++) {
      PDFAFlavour flavour = PDFAFlavour.fromString(arguments[i]);
      try (PDFAParser parser =
          Foundries.defaultInstance().createParser(new FileInputStream(arguments[0]), flavour)) {
        var result = Foundries.defaultInstance().createValidator(flavour, false).validate(parser);
        System.out.println(arguments[i] + " " + result.isCompliant() + " " + result.getTotalAssertions());
        for (TestAssertion each : result.getTestAssertions()) {
          if (each.getStatus() == TestAssertion.Status.FAILED) {
            broken.merge(arguments[i] + " " + each.getRuleId().getClause() + " " + each.getMessage(), 1, Integer::sum);
          }
        }
      }
    }
    broken.forEach((rule, times) -> System.out.println("FAILED " + rule + " x" + times));
    System.exit(broken.isEmpty() ? 0 : 1);
  }
}
