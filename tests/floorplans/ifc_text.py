"""Small IFC files written by tests: boxes with names, storeys, materials, and what fills which opening."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class IfcText:
    """A building in the making; `text` is the file. All lengths are in `unit` (METRE, or MILLI for millimetres)."""

    schema: str = "IFC4"
    milli: bool = False
    lines: list[str] = field(default_factory=list)
    storey: dict[str, list[int]] = field(default_factory=dict)
    storeys: dict[str, int] = field(default_factory=dict)
    spaces: dict[str, list[int]] = field(default_factory=dict)
    count: int = 0

    def add(self, text: str) -> int:
        self.lines.append(f"#{len(self.lines) + 1}={text};")
        return len(self.lines)

    def guid(self) -> str:
        self.count += 1
        return f"'{self.count:022d}'"

    def __post_init__(self) -> None:
        self.origin = self.add("IFCCARTESIANPOINT((0.,0.,0.))")
        self.axis = self.add(f"IFCAXIS2PLACEMENT3D(#{self.origin},$,$)")
        self.world = self.add(f"IFCLOCALPLACEMENT($,#{self.axis})")
        self.up = self.add("IFCDIRECTION((0.,0.,1.))")
        self.context = self.add(f"IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#{self.axis},$)")
        prefix = ".MILLI." if self.milli else "$"
        units = [
            self.add(f"IFCSIUNIT(*,.LENGTHUNIT.,{prefix},.METRE.)"),
            self.add("IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.)"),
            self.add("IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.)"),
        ]
        assignment = self.add(f"IFCUNITASSIGNMENT(({','.join(f'#{one}' for one in units)}))")
        self.project = self.add(f"IFCPROJECT({self.guid()},$,'P',$,$,$,$,(#{self.context}),#{assignment})")
        self.building = self.add(f"IFCBUILDING({self.guid()},$,'Gym',$,$,#{self.world},$,$,.ELEMENT.,$,$,$)")
        self.add(f"IFCRELAGGREGATES({self.guid()},$,$,$,#{self.project},(#{self.building}))")

    def n(self, metres: float) -> str:
        return f"{metres * (1000 if self.milli else 1):.6f}"

    def level(self, name: str, z_m: float) -> None:
        at = self.add(f"IFCCARTESIANPOINT((0.,0.,{self.n(z_m)}))")
        place = self.add(f"IFCLOCALPLACEMENT(#{self.world},#{self.add(f'IFCAXIS2PLACEMENT3D(#{at},$,$)')})")
        self.storeys[name] = self.add(f"IFCBUILDINGSTOREY({self.guid()},$,'{name}',$,$,#{place},$,$,.ELEMENT.,{self.n(z_m)})")

    def box(self, *corners: float) -> tuple[int, int]:
        """Placement and representation of an upright box."""
        x0, y0, x1, y1, z0, z1 = corners
        at = self.add(f"IFCCARTESIANPOINT(({self.n((x0 + x1) / 2)},{self.n((y0 + y1) / 2)},{self.n(z0)}))")
        place = self.add(f"IFCLOCALPLACEMENT($,#{self.add(f'IFCAXIS2PLACEMENT3D(#{at},$,$)')})")
        flat = self.add("IFCCARTESIANPOINT((0.,0.))")
        turn = self.add(f"IFCAXIS2PLACEMENT2D(#{flat},$)")
        profile = self.add(f"IFCRECTANGLEPROFILEDEF(.AREA.,$,#{turn},{self.n(x1 - x0)},{self.n(y1 - y0)})")
        solid = self.add(f"IFCEXTRUDEDAREASOLID(#{profile},#{self.axis},#{self.up},{self.n(z1 - z0)})")
        shape = self.add(f"IFCSHAPEREPRESENTATION(#{self.context},'Body','SweptSolid',(#{solid}))")
        return place, self.add(f"IFCPRODUCTDEFINITIONSHAPE($,$,(#{shape}))")

    def element(self, kind: str, name: str, storey: str, corners: tuple[float, ...], more: str = "$,$") -> int:
        place, shape = self.box(*corners)
        if self.schema == "IFC2X3" and kind in ("IFCWALL", "IFCOPENINGELEMENT", "IFCCURTAINWALL"):
            more = "$"
        made = self.add(f"{kind}({self.guid()},$,'{name}',$,$,#{place},#{shape},{more})")
        if storey:
            self.storey.setdefault(storey, []).append(made)
        return made

    def wall(self, name: str, storey: str, corners: tuple[float, ...], *layers: tuple[str, float]) -> int:
        made = self.element("IFCWALL", name, storey, corners)
        if layers:
            parts = []
            for material, thickness in layers:
                tail = "" if self.schema == "IFC2X3" else ",$,$"
                which = self.add(f"IFCMATERIAL('{material}'{tail})")
                parts.append(
                    self.add(
                        f"IFCMATERIALLAYER(#{which},{self.n(thickness)},$" + ("" if self.schema == "IFC2X3" else ",$,$,$,$") + ")"
                    )
                )
            tail = "" if self.schema == "IFC2X3" else ",$"
            layer_set = self.add(f"IFCMATERIALLAYERSET(({','.join(f'#{one}' for one in parts)}),$" + tail + ")")
            self.add(f"IFCRELASSOCIATESMATERIAL({self.guid()},$,$,$,(#{made}),#{layer_set})")
        return made

    def opening(self, host: int, kind: str, name: str, storey: str, corners: tuple[float, ...]) -> None:
        hole = self.element("IFCOPENINGELEMENT", f"hole {name}", "", corners)
        self.add(f"IFCRELVOIDSELEMENT({self.guid()},$,$,$,#{host},#{hole})")
        if kind:
            tail = "$,$,$" if self.schema == "IFC2X3" else "$,$,$,$,$,$"
            place, _ = self.box(*corners)
            made = self.add(f"{kind}({self.guid()},$,'{name}',$,$,#{place},$,{tail})")
            self.storey.setdefault(storey, []).append(made)
            self.add(f"IFCRELFILLSELEMENT({self.guid()},$,$,$,#{hole},#{made})")

    def space(self, name: str, storey: str, corners: tuple[float, ...], gross_m2: float | None = None) -> None:
        tail = ".ELEMENT.,.INTERNAL.,$" if self.schema == "IFC2X3" else ".ELEMENT.,.SPACE.,$"
        place, shape = self.box(*corners)
        made = self.add(f"IFCSPACE({self.guid()},$,'{name}',$,$,#{place},#{shape},$,{tail})")
        self.spaces.setdefault(storey, []).append(made)
        if gross_m2 is not None:
            tail = "" if self.schema == "IFC2X3" else ",$"
            area = self.add(f"IFCQUANTITYAREA('GrossFloorArea',$,$,{gross_m2}{tail})")
            qto = self.add(f"IFCELEMENTQUANTITY({self.guid()},$,'BaseQuantities',$,$,(#{area}))")
            self.add(f"IFCRELDEFINESBYPROPERTIES({self.guid()},$,$,$,(#{made}),#{qto})")

    @property
    def text(self) -> str:
        lines = list(self.lines)
        refs = ",".join(f"#{one}" for one in self.storeys.values())
        lines.append(f"#{len(lines) + 1}=IFCRELAGGREGATES('{'a':0>22}',$,$,$,#{self.building},({refs}));")
        for number, (name, made) in enumerate(self.spaces.items()):
            refs = ",".join(f"#{one}" for one in made)
            lines.append(f"#{len(lines) + 1}=IFCRELAGGREGATES('{f's{number}':0>22}',$,$,$,#{self.storeys[name]},({refs}));")
        for number, (name, made) in enumerate(self.storey.items()):
            refs = ",".join(f"#{one}" for one in made)
            lines.append(
                f"#{len(lines) + 1}=IFCRELCONTAINEDINSPATIALSTRUCTURE('{number:0>22}',$,$,$,({refs}),#{self.storeys[name]});"
            )
        head = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
        head += f"FILE_SCHEMA(('{self.schema}'));\nENDSEC;\nDATA;\n"
        return head + "\n".join(lines) + "\nENDSEC;\nEND-ISO-10303-21;\n"


def gym(schema: str = "IFC4", *, milli: bool = False) -> str:
    """A gym 20 by 15 m with all that is no wall or storey of its own: furring, foundations, a parapet, a virtual element."""
    made = IfcText(schema=schema, milli=milli)
    for name, z_m in (("FDN", -1.2), ("1F", 0.0), ("2F", 4.0), ("RF", 8.0)):
        made.level(name, z_m)
    concrete = (("Concrete - Cast In Situ", 0.18), ("Insulation", 0.02))
    for name, corners in {
        "south": (0.0, 0.0, 20.0, 0.2),
        "north": (0.0, 14.8, 20.0, 15.0),
        "west": (0.0, 0.2, 0.2, 14.8),
        "east": (19.8, 0.2, 20.0, 14.8),
    }.items():
        made.wall(f"foundation {name}", "FDN", (*corners, -1.2, 0.0), ("Concrete", 0.2))
        made.wall(f"parapet {name}", "RF", (*corners, 8.0, 8.9), ("Concrete", 0.2))
        for floor, z0 in (("1F", 0.0), ("2F", 4.0)):
            wall = made.wall(f"{name} {floor}", floor, (*corners, z0, z0 + 4.0), *concrete)
            if name == "south":
                made.opening(wall, "IFCDOOR", "steel door", floor, (2.0, 0.0, 3.0, 0.2, z0, z0 + 2.1))
                made.opening(wall, "IFCWINDOW", "window", floor, (5.0, 0.0, 7.0, 0.2, z0 + 1.0, z0 + 2.2))
    made.wall("furring", "1F", (0.2, 0.2, 0.25, 14.8, 0.0, 3.9), ("Metal - Stud Layer", 0.038), ("Plasterboard", 0.012))
    lgs = (("Plasterboard", 0.0125), ("Metal - Stud Layer", 0.065), ("Plasterboard", 0.0125))
    made.wall("partition", "1F", (10.0, 0.2, 10.1, 14.8, 0.0, 4.0), *lgs)
    made.element("IFCVIRTUALELEMENT", "virtual", "2F", (5.0, 0.2, 5.01, 14.8, 4.0, 8.0), "$")
    glass = made.add(
        f"IFCCURTAINWALL({made.guid()},$,'facade',$,$,#{made.world},$,$" + ("" if schema == "IFC2X3" else ",$") + ")"
    )
    made.storey["2F"].append(glass)
    more = "$" if schema == "IFC2X3" else "$,$"
    parts = [
        made.element(kind, f"part {number}", "", (0.3 + number, 7.0, 1.3 + number, 7.1, 4.0, 8.0), more)
        for number, kind in enumerate(("IFCPLATE", "IFCMEMBER", "IFCPLATE", "IFCPLATE"))
    ]
    made.add(f"IFCRELAGGREGATES({made.guid()},$,$,$,#{glass},({','.join(f'#{one}' for one in parts)}))")
    made.space("体育館", "1F", (0.25, 0.2, 10.0, 14.8, 0.0, 3.9), 9.75 * 14.6)
    made.space("教室", "1F", (10.1, 0.2, 19.8, 14.8, 0.0, 3.9), 9.7 * 14.6)
    made.space("会議室", "2F", (0.2, 0.2, 19.8, 14.8, 4.0, 7.9), 19.6 * 14.6)
    return made.text
