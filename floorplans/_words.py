from floorplans.materials import *
