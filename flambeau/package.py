"""torch.package's names: archives of programs are neither written nor run."""
from flambeau.absent import absent_class

_REASON = "an archive of code and weights would be run when loaded, which flambeau does not: save the state_dict, and ship the code as a package"

PackageExporter, PackageImporter = (absent_class(f"torch.package.{_name}", _REASON) for _name in ("PackageExporter", "PackageImporter"))

__all__ = ["PackageExporter", "PackageImporter"]
